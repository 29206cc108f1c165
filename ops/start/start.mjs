import { runOnProjectNode } from './install.mjs';

await runOnProjectNode('launch.ts', process.argv.slice(2));
