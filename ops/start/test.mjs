import { runOnProjectNode } from './install.mjs';

await runOnProjectNode('test-all.ts', process.argv.slice(2));
