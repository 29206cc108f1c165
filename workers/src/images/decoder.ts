import { readFile } from 'node:fs/promises';
import { renderHeic } from './heic.ts';
import { renderPdf, renderPdfPage } from './pdf.ts';
import { renderPicture } from './pictures.ts';
import { type DecoderAnswer, type DecoderRequest, type Rendering, Unreadable } from './rendering.ts';

// A process of its own, which the pool may kill at any moment: whatever a hostile file does, it does it here.
const answer = (body: DecoderAnswer) => process.send?.(body);

process.on('message', async (request: DecoderRequest) => {
  // Another attempt may read a file that this one could not; a decoder does the same with it each time.
  const content = await readFile(request.path).catch((error: unknown) => {
    answer({ error: String(error) });
    return null;
  });
  if (!content) return;
  const work =
    request.page === undefined
      ? render(content, request.mime).then((rendering) => ({ rendering }))
      : renderPdfPage(content, request.page).then((page) => ({ page }));
  work.then(answer, (error: unknown) =>
    answer({ failure: error instanceof Unreadable ? error.failure : 'crashed' }),
  );
});
process.on('disconnect', () => process.exit());
answer('ready');

function render(content: Uint8Array, mime: string): Promise<Rendering> {
  if (mime === 'application/pdf') return renderPdf(content);
  if (mime === 'image/heic') return renderHeic(content);
  return renderPicture(content);
}
