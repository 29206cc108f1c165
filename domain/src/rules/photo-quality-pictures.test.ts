import { cardPictures, PICTURE_FAULTS, type PictureFault } from '@qijian/e2e/fixtures/card-pictures.ts';
import { pagePictures } from '@qijian/e2e/fixtures/page-pictures.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { assessPhoto, type PhotoHint } from './photo-quality.ts';

/** Never seeds the limits were chosen with. */
const HELD_OUT = [20_260_131, 20_261_129];
const ROUNDS = 12;
const PAGE_ROUNDS = 3;

/** A card that is partly or wholly outside has several true descriptions. */
const RIGHT: Record<PictureFault, readonly PhotoHint[]> = {
  none: ['ok'],
  dark: ['dark'],
  glare: ['glare'],
  blurred: ['blurred'],
  cut: ['cut', 'too-close', 'no-card'],
  small: ['too-small'],
  empty: ['no-card', 'cut'],
};

/** How often the first hint is right, and a table of it all on the terminal. */
function show<T extends { hint: PhotoHint; isRight: boolean }>(
  what: string,
  answers: readonly T[],
  by: (of: T) => string,
) {
  const lines = Object.entries(Object.groupBy(answers, by)).map(([name, of = []]) => {
    const hints = Object.entries(Object.groupBy(of, ({ hint }) => hint)).map(
      ([hint, { length } = []]) => `${hint} ${length}`,
    );
    return `${line(name, of)}: ${hints.join(', ')}`;
  });
  process.stdout.write(`${what}\n${lines.join('\n')}\n${line('all', answers)}\n`);
}
const rate = (of: readonly { isRight: boolean }[]) => of.filter(({ isRight }) => isRight).length / of.length;
const line = (name: string, of: readonly { isRight: boolean }[]) =>
  `  ${name.padEnd(10)} ${(rate(of) * 100).toFixed(1).padStart(5)} %  of ${String(of.length).padStart(3)}`;

describe('pictures of cards nobody tuned the limits with', () => {
  let answers: { fault: PictureFault; strength: number; desk: string; hint: PhotoHint; isRight: boolean }[] =
    [];

  beforeAll(() => {
    answers = HELD_OUT.flatMap((seed) =>
      cardPictures(seed, ROUNDS).map(({ frame, guide, ...of }) => {
        const { hint } = assessPhoto(frame, guide);
        return { ...of, hint, isRight: RIGHT[of.fault].includes(hint) };
      }),
    );
  }, 600_000);

  test('are judged rightly at least 95 times in 100, and the rates are shown', () => {
    show('cards, by fault and strength', answers, ({ fault, strength }) => `${fault} ${strength}`);
    show('cards, by what they lie on', answers, ({ desk }) => desk);
    expect(answers.length).toBeGreaterThanOrEqual(600);
    expect(rate(answers)).toBeGreaterThanOrEqual(0.95);
  });

  test.each(PICTURE_FAULTS)(
    'of the pictures with fault "%s" at least 8 in 10 are judged rightly',
    (wanted) => {
      expect(rate(answers.filter(({ fault }) => fault === wanted))).toBeGreaterThanOrEqual(0.8);
    },
  );
});

describe('photographs of sheets of paper nobody tuned the limits with', () => {
  test('are judged rightly at least 95 times in 100, and the rates are shown', () => {
    const answers = HELD_OUT.flatMap((seed) => pagePictures(seed, PAGE_ROUNDS)).map(({ frame, ...of }) => {
      const { hint } = assessPhoto(frame, null);
      return { ...of, hint, isRight: hint === (of.fault === 'none' ? 'ok' : of.fault) };
    });
    show('sheets, by fault and strength', answers, ({ fault, strength }) => `${fault} ${strength}`);
    expect(rate(answers)).toBeGreaterThanOrEqual(0.95);
  }, 600_000);
});
