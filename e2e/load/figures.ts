import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** One line of the table: what the product did, what the bare parts did in the same run, and whether that is enough. */
export interface Figure {
  what: string;
  unit: string;
  product: number;
  raw: number;
  /** The bound on product ÷ raw: at least for rates, at most for times, memory and CPU; null where there is none. */
  bound: { kind: 'at least' | 'at most'; ratio: number } | null;
  note?: string;
}

export const ratio = (figure: Figure) => figure.product / figure.raw;

export function isReached(figure: Figure): boolean | null {
  if (!figure.bound) return null;
  return figure.bound.kind === 'at least'
    ? ratio(figure) >= figure.bound.ratio
    : ratio(figure) <= figure.bound.ratio;
}

export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export function print(figures: readonly Figure[]): void {
  console.table(
    figures.map((figure) => ({
      what: figure.what,
      unit: figure.unit,
      Qijian: round(figure.product),
      raw: round(figure.raw),
      ratio: round(ratio(figure)),
      bound: figure.bound ? `${figure.bound.kind} ${figure.bound.ratio}` : '',
      reached: isReached(figure) === null ? '' : isReached(figure) ? 'yes' : 'NO',
      note: figure.note ?? '',
    })),
  );
}

export function write(path: string, figures: readonly Figure[]): void {
  mkdirSync(new URL('.', path), { recursive: true });
  const body = {
    at: new Date().toISOString(),
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    figures: figures.map((figure) => ({ ...figure, ratio: ratio(figure), reached: isReached(figure) })),
  };
  writeFileSync(new URL(path), `${JSON.stringify(body, null, 2)}\n`);
}

const round = (value: number) => Number(value.toPrecision(3));
