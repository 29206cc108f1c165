import type { Browser } from '@playwright/test';

/** The last digits of the phone of whoever `portalLink` invites. */
export const PORTAL_CODE = '0021';

/** The address by which a new customer of the demo installation is invited. */
export async function portalLink(browser: Browser, baseURL: string): Promise<string> {
  const staff = await browser.newContext({ baseURL });
  const post = async (path: string, data: object) => {
    const answer = await staff.request.post(path, { data });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as { id: string; url: string };
  };
  await post('/api/auth/login', { username: 'staff1', password: 'staff12345' });
  const { id } = await post('/api/customers', {
    name: '首屏',
    phone: `1380000${PORTAL_CODE}`,
    product: 'credit',
  });
  const { url } = await post(`/api/customers/${id}/links`, {});
  await staff.close();
  return url;
}
