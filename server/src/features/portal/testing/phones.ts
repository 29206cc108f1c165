import type { CreatedLinkAnswer } from '@qijian/domain/contract/api/links.ts';
import type { PortalChecklistAnswer } from '@qijian/domain/contract/api/portal.ts';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Person, TestApp } from '../../../testing/test-app.ts';

/** A customer's phone on which a link was opened. */
export interface Phone {
  link: CreatedLinkAnswer;
  token: string;
  cookie: string;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  checklist(): Promise<PortalChecklistAnswer>;
  /** Uploads by form; the answer as it came. */
  send(
    type: string,
    files: Record<string, Uint8Array>,
    fields?: Record<string, string>,
  ): Promise<LightMyRequestResponse>;
}

export const tokenOf = (link: { url: string | null }) => String(link.url).split('#')[1] as string;

/** Adds a customer by the API, as staff do. */
export async function addCustomer(
  staff: Person,
  fields: Record<string, unknown> = {},
): Promise<{ id: string; version: number }> {
  const answer = await staff.inject({
    method: 'POST',
    url: '/api/customers',
    payload: { name: '王小明', phone: '13800000021', idNumber: '11010519491231002X', ...fields },
  });
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return answer.json();
}

export async function makeLink(
  staff: Person,
  customerId: string,
  body: Record<string, unknown> = {},
): Promise<CreatedLinkAnswer> {
  const answer = await staff.inject({
    method: 'POST',
    url: `/api/customers/${customerId}/links`,
    payload: body,
  });
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return answer.json();
}

let devices = 0;

/** Gives a code for a link, each time on another device unless one is named. */
export function tryCode(test: TestApp, token: string, code: string, address?: string) {
  devices += 1;
  const remoteAddress = address ?? `10.${(devices >> 16) & 255}.${(devices >> 8) & 255}.${devices & 255}`;
  return test.app.inject({
    method: 'POST',
    url: '/api/portal/session',
    remoteAddress,
    payload: { token, code },
  });
}

/** Makes a link and opens it with the right code. */
export async function openPhone(
  test: TestApp,
  staff: Person,
  customerId: string,
  options: { code?: string; label?: string } = {},
): Promise<Phone> {
  const link = await makeLink(staff, customerId, options.label ? { label: options.label } : {});
  const token = tokenOf(link);
  const opened = await tryCode(test, token, options.code ?? '0021');
  if (opened.statusCode !== 200) throw new Error(opened.body);
  const cookie = String(opened.headers['set-cookie']).split(';')[0] as string;
  const inject: Phone['inject'] = (request) =>
    test.app.inject({ ...request, headers: { cookie, ...request.headers } });
  return {
    link,
    token,
    cookie,
    inject,
    async checklist() {
      const answer = await inject({ url: '/api/portal/checklist' });
      if (answer.statusCode !== 200) throw new Error(answer.body);
      return answer.json();
    },
    send: (type, files, fields = {}) => {
      const { body, contentType } = form({ type, ...fields }, files);
      return inject({
        method: 'POST',
        url: '/api/portal/documents',
        headers: { 'content-type': contentType },
        payload: body,
      });
    },
  };
}

/** A multipart body. */
export function form(fields: Record<string, string>, files: Record<string, Uint8Array>) {
  const boundary = 'the-boundary-of-this-form';
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    parts.push(
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    );
  }
  for (const [filename, content] of Object.entries(files)) {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`;
    parts.push(Buffer.from(head), Buffer.from(content), Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { body: Buffer.concat(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}
