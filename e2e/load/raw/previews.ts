import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** sharp alone: the product's two sizes from each photograph of a folder, with its WebP effort and one thread each. */
sharp.concurrency(1);
const WEBP = { effort: 2 };
const folder = process.env.FOLDER as string;
const concurrency = Number(process.env.CONCURRENCY);
const warmUp = Number(process.env.WARM_UP);

const queue = readdirSync(folder);
let done = 0;
let warmAt = 0;

await Promise.all(
  Array.from({ length: concurrency }, async () => {
    for (let name = queue.shift(); name; name = queue.shift()) {
      await previews(join(folder, name));
      done += 1;
      if (done === warmUp) warmAt = performance.now();
    }
  }),
);
process.send?.({ rate: (done - warmUp) / ((performance.now() - warmAt) / 1000) });

async function previews(path: string): Promise<void> {
  const preview = await sharp(await readFile(path))
    .rotate()
    .resize({ width: 1600, height: 1600, fit: 'inside', withoutEnlargement: true })
    .webp(WEBP)
    .toBuffer();
  const thumbnail = await sharp(preview)
    .resize({ width: 320, height: 320, fit: 'inside', withoutEnlargement: true })
    .webp(WEBP)
    .toBuffer();
  await writeFile(`${path}.preview.webp`, preview);
  await writeFile(`${path}.thumbnail.webp`, thumbnail);
}
