import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Product, startProduct } from '../support/product.ts';

test.describe.configure({ mode: 'serial' });

// The processes are looked up in /proc.
test.skip(process.platform !== 'linux');

let product: Product;
test.afterAll(() => product?.remove());

const health = async (path = '/healthz') => (await fetch(`${product.address}${path}`)).status;

/** Signs in a demo account: its body and its cookie. */
async function login() {
  const answer = await fetch(`${product.address}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'staff1', password: 'staff12345' }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  return { body: (await answer.json()) as { user: { id: string } }, cookie };
}

const commandOf = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');

/** Process ids of everything that runs on the product's data folder or was started for it. */
function processes(dataDir: string): string[] {
  const port = (file: string) => JSON.parse(readFileSync(join(dataDir, file), 'utf8')).port;
  const patterns = [`-D ${dataDir}/`, `127.0.0.1:${port('redis.json')}`];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = commandOf(pid);
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return (
          environment.includes(`DATA_DIR=${dataDir}\0`) || patterns.some((text) => command.includes(text))
        );
      } catch {
        return false;
      }
    });
}

test('the second start finds everything the first one left', async () => {
  product = await startProduct();
  expect(await health('/readyz')).toBe(200);
  const { body, cookie } = await login();
  await product.stop();
  product = await startProduct({ dataDir: product.dataDir });
  expect(await health('/readyz')).toBe(200);
  const me = await fetch(`${product.address}/api/auth/me`, { headers: { cookie } });
  expect(await me.json()).toMatchObject({ user: { id: body.user.id } });
});

test('a crashed server is started again at the same address, though the terminal is closed', async () => {
  product.closeTerminal();
  const [server] = processes(product.dataDir).filter((pid) => commandOf(pid).includes('server/src/main.ts'));
  process.kill(Number(server), 'SIGKILL');
  await expect.poll(() => health().catch(() => 0), { timeout: 20_000 }).toBe(200);
});

test('after kill -9 of the launcher the next start goes on', async () => {
  execFileSync('kill', ['-9', ...launchers(product.dataDir)]);
  product = await startProduct({ dataDir: product.dataDir });
  expect(await health('/readyz')).toBe(200);
});

test('stopping ends every process', async () => {
  await product.stop();
  // What the killed launcher had started may still be ending.
  await expect.poll(() => processes(product.dataDir).map(commandOf), { timeout: 20_000 }).toEqual([]);
  await expect(health()).rejects.toThrow();
});

function launchers(dataDir: string): string[] {
  return processes(dataDir).filter((pid) => /start\.mjs|launch\.ts/.test(commandOf(pid)));
}
