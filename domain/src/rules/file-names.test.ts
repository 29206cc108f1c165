import { describe, expect, test } from 'vitest';
import { decodeName, dispositionName, spelledOut } from './file-names.ts';

/** `流水.jpg` as Windows writes it. */
const GBK = [0xc1, 0xf7, 0xcb, 0xae, 0x2e, 0x6a, 0x70, 0x67];
const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  );

describe('the name of an uploaded file', () => {
  test('is read as UTF-8, and as GBK where it is none', () => {
    expect(decodeName(bytes('流水.jpg'))).toBe('流水.jpg');
    expect(decodeName(bytes(GBK))).toBe('流水.jpg');
    expect(decodeName(bytes([0xff, 0xff], '.jpg'))).toContain('.jpg');
  });

  test.each([
    ['=?utf-8?B?5rWB5rC0?=.jpg', '流水.jpg'],
    ['=?gb2312?B?wffLrg==?=.pdf', '流水.pdf'],
    ['=?UTF-8?Q?=E6=B5=81=E6=B0=B4_1.jpg?=', '流水 1.jpg'],
    ['=?utf-8?B?5rWB?= =?utf-8?B?5rC0?=.jpg', '流水.jpg'],
    ['%E6%B5%81%E6%B0%B4.jpg', '流水.jpg'],
    ['%C1%F7%CB%AE.jpg', '流水.jpg'],
    ['100%25.jpg', '100%25.jpg'],
    ['流水100%E6.jpg', '流水100%E6.jpg'],
    ['=?none?B?5rWB5rC0?=.jpg', '=?none?B?5rWB5rC0?=.jpg'],
    ['=?utf-8?B?*?=.jpg', '=?utf-8?B?*?=.jpg'],
    ['a.jpg', 'a.jpg'],
  ])('%j means %j', (given, meant) => {
    expect(spelledOut(given)).toBe(meant);
  });

  test.each([
    ['in UTF-8', bytes('form-data; name="file"; filename="流水.jpg"'), '流水.jpg'],
    ['in GBK', bytes('form-data; name="file"; filename="', GBK, '"'), '流水.jpg'],
    [
      'in its extended form, wherever that stands',
      bytes(`form-data; name="file"; filename*=UTF-8''%E6%B5%81%E6%B0%B4.jpg; filename="__.jpg"`),
      '流水.jpg',
    ],
    [
      'in its extended form behind the plain one',
      bytes(`form-data; name="file"; filename="__.jpg"; filename*=gb18030''%C1%F7%CB%AE.jpg`),
      '流水.jpg',
    ],
    [
      'plain, where the extended form says nothing',
      bytes(`form-data; filename*=x''; filename=a.jpg`),
      'a.jpg',
    ],
    ['with quotation marks', bytes('form-data; filename="a \\"b\\" %22c%22; d.jpg"'), 'a "b" "c"; d.jpg'],
    ['not at all', bytes('form-data; name="type"'), null],
  ])('is found in a form %s', (_how, header, name) => {
    expect(dispositionName(header)).toBe(name);
  });
});
