/** Addresses of the scripts that a page names itself, as it was sent: one loaded on demand adds its link later. */
export function namedScripts(html: string): string[] {
  return [...html.matchAll(/<link[^>]+>/g)].flatMap(([link]) =>
    link.includes('rel="modulepreload"') ? (/href="([^"]+\.js)"/.exec(link)?.[1] ?? []) : [],
  );
}
