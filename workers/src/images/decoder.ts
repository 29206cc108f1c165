import { readFile } from 'node:fs/promises';
import { renderHeic } from './heic.ts';
import { renderPdf, renderPdfPage } from './pdf.ts';
import { renderPicture } from './pictures.ts';
import { type DecoderAnswer, type DecoderRequest, type Rendering, Unreadable } from './rendering.ts';

// A process of its own, which the pool may kill at any moment: whatever a hostile file does, it does it here.
const answer = (body: DecoderAnswer) => process.send?.(body);

process.on('message', (request: DecoderRequest) => {
  readFile(request.path)
    .then(async (content) =>
      request.page === undefined
        ? { rendering: await render(content, request.mime) }
        : { page: await renderPdfPage(content, request.page) },
    )
    .then(answer, (error: unknown) =>
      answer(error instanceof Unreadable ? { failure: error.failure } : { error: String(error) }),
    );
});
process.on('disconnect', () => process.exit());
answer('ready');

function render(content: Uint8Array, mime: string): Promise<Rendering> {
  if (mime === 'application/pdf') return renderPdf(content);
  if (mime === 'image/heic') return renderHeic(content);
  return renderPicture(content);
}
