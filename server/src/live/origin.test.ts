import { describe, expect, it } from 'vitest';
import { isForeignOrigin } from './origin.ts';

const host = 'files.example.com';
const publicUrl = 'https://qijian.example.com';

describe('handshakes from other sites', () => {
  it.each(['http://files.example.com', 'https://files.example.com', publicUrl])('welcomes %s', (origin) => {
    expect(isForeignOrigin({ host, origin }, publicUrl)).toBe(false);
  });

  it.each([
    'null',
    '',
    'https://evil.example',
    'https://files.example.com.evil.example',
    'https://evil-files.example.com',
    'https://files.example.com:8443',
    'https://files.example.com@evil.example',
    'https://files.example.com/path',
    'http://qijian.example.com',
    'file://files.example.com',
    'chrome-extension://files.example.com',
  ])('refuses %j', (origin) => {
    expect(isForeignOrigin({ host, origin }, publicUrl)).toBe(true);
  });

  it('needs an origin to be named only where the browser says that the page is foreign', () => {
    expect(isForeignOrigin({ host }, publicUrl)).toBe(false);
    expect(isForeignOrigin({ host, 'sec-fetch-site': 'same-origin' }, publicUrl)).toBe(false);
    expect(isForeignOrigin({ host, 'sec-fetch-site': 'none' }, publicUrl)).toBe(false);
    expect(isForeignOrigin({ host, 'sec-fetch-site': 'same-site' }, publicUrl)).toBe(true);
    expect(isForeignOrigin({ host, 'sec-fetch-site': 'cross-site' }, publicUrl)).toBe(true);
  });

  it('works without a public URL', () => {
    expect(isForeignOrigin({ host, origin: 'http://files.example.com' }, undefined)).toBe(false);
    expect(isForeignOrigin({ host, origin: publicUrl }, undefined)).toBe(true);
  });
});
