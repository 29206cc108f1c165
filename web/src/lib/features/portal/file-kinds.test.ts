import { sampleHeic, sampleJpeg, samplePdf } from '@qijian/e2e/fixtures/sample-files.ts';
import { expect, test } from 'vitest';
import { byKind } from './file-kinds.ts';

test('a photograph is one although the phone gives it no type, or calls a PDF a picture', async () => {
  const { pictures, others } = await byKind([
    new File([sampleJpeg()], 'a', { type: '' }),
    new File([sampleHeic()], 'b.heic', { type: 'application/octet-stream' }),
    new File([samplePdf()], 'c.jpg', { type: 'image/jpeg' }),
    new File(['text'], 'd.txt', { type: '' }),
  ]);
  expect(pictures.map(({ name }) => name)).toEqual(['a', 'b.heic']);
  expect(others.map(({ name }) => name)).toEqual(['c.jpg', 'd.txt']);
});
