/** Prints one line for a step when it is done, with the time it took; a failed step is named too. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const since = performance.now();
  const result = await work();
  say(`✓ ${name}  ${((performance.now() - since) / 1000).toFixed(1)} s`);
  return result;
}

export function say(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
