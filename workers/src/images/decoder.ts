import { readFile } from 'node:fs/promises';
import { heicStrip, renderHeic } from './heic.ts';
import { pdfStrip, renderPdf, renderPdfPage } from './pdf.ts';
import { pictureStrip, renderPicture } from './pictures.ts';
import {
  type DecoderAnswer,
  type DecoderRequest,
  type Made,
  type Rendering,
  type StripRequest,
  Unreadable,
} from './rendering.ts';

// A process of its own, which the pool may kill at any moment: whatever a hostile file does, it does it here.
const answer = (body: DecoderAnswer) => process.send?.(body);

process.on('message', async (request: DecoderRequest | StripRequest) => {
  // Reading the file may succeed on another attempt; decoding it never will.
  const content = await readFile(request.path).catch((error: unknown) => {
    answer({ error: String(error) });
    return null;
  });
  if (!content) return;
  work(content, request).then(answer, (error: unknown) =>
    answer({ failure: error instanceof Unreadable ? error.failure : 'crashed' }),
  );
});
process.on('disconnect', () => process.exit());
answer('ready');

async function work(content: Uint8Array, request: DecoderRequest | StripRequest): Promise<Made> {
  if ('strip' in request) return { strip: await renderStrip(content, request) };
  if (request.page === undefined) return { rendering: await render(content, request.mime) };
  return { page: await renderPdfPage(content, request.page) };
}

function render(content: Uint8Array, mime: string): Promise<Rendering> {
  if (mime === 'application/pdf') return renderPdf(content);
  if (mime === 'image/heic') return renderHeic(content);
  return renderPicture(content);
}

function renderStrip(content: Uint8Array, { mime, page, strip, strips }: StripRequest): Promise<Uint8Array> {
  if (mime === 'application/pdf') return pdfStrip(content, page, strip, strips);
  if (mime === 'image/heic') return heicStrip(content, strip, strips);
  return pictureStrip(content, strip, strips);
}
