import '@qijian/db/quick-imports.ts';

await import('./worker.ts');
