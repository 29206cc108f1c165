import { describe, expect, it } from 'vitest';
import { isForeignOrigin } from './origin.ts';

const host = 'files.example.com';
const publicUrl = 'https://qijian.example.com';

describe('handshakes from other sites', () => {
  it('welcomes the address people open, whatever the request says is its host', () => {
    expect(isForeignOrigin({ host, origin: publicUrl }, publicUrl)).toBe(false);
  });

  it.each([
    'null',
    'http://files.example.com',
    'https://files.example.com',
    'http://localhost',
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

  it('knows the names of one machine, with the same port and no other', () => {
    const own = 'http://127.0.0.1:3000';
    expect(isForeignOrigin({ host, origin: 'http://localhost:3000' }, own)).toBe(false);
    for (const origin of ['http://localhost:3001', 'https://localhost:3000', 'http://files.example.com:3000'])
      expect(isForeignOrigin({ host, origin }, own)).toBe(true);
  });

  it('knows a port of one machine that leads here, and on no other address', () => {
    const origin = 'http://localhost:3001';
    expect(isForeignOrigin({ host: 'localhost:3001', origin }, 'http://127.0.0.1:3000')).toBe(false);
    expect(isForeignOrigin({ host: 'localhost:3000', origin }, 'http://127.0.0.1:3000')).toBe(true);
    expect(isForeignOrigin({ host: 'localhost:3001', origin }, publicUrl)).toBe(true);
    const foreign = 'http://evil.example:3000';
    expect(isForeignOrigin({ host: 'evil.example:3000', origin: foreign }, 'http://127.0.0.1:3000')).toBe(
      true,
    );
  });
});
