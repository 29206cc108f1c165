interface Chunk {
  type: 'chunk' | 'asset';
  imports?: string[];
}

/** Files of a bundle that need each other to begin: whichever begins first finds the other's values undefined. */
export function circleIn(bundle: Record<string, Chunk>): string[] | null {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of bundle[file]?.imports ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of Object.keys(bundle)) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return null;
}
