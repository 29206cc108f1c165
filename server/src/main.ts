import '@qijian/db/quick-imports.ts';
import { loadConfig } from './config.ts';
import { startWatchdog } from './watchdog.ts';

const PATIENCE_MS = 10_000;

const config = loadConfig(process.env);
startWatchdog();
const { buildApp } = await import('./app.ts');
const app = await buildApp(config);
await app.ready();
app.live.attach(app.server);
await app.listen({ port: config.PORT, host: config.HOST });

let closing = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (closing) return;
    closing = true;
    // Requests that are cut off got no answer: clients retry, uploads resume.
    setTimeout(() => {
      app.log.warn('not everything closed in time');
      process.exit(1);
    }, PATIENCE_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error) => {
        app.log.error({ err: error }, 'closing failed');
        process.exit(1);
      },
    );
  });
}
