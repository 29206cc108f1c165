import type { AddressInfo } from 'node:net';
import { buildApp } from '../../../app.ts';
import { loadConfig } from '../../../config.ts';

// A server of its own for tests that kill it; says where it listens.
const app = await buildApp(loadConfig(process.env));
await app.ready();
app.live.attach(app.server);
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`);
