/** As `newLinkSecret` makes them: without case, so that a link in capitals opens too. */
const CASELESS = /^[a-z2-7]{32}$/i;

/**
 * The secret in the fragment of an address as people and apps hand it on: with a full stop or a sentence behind it, in
 * brackets, with a fragment of the app's own. What holds none is answered as it is, for the server to say so.
 */
export function tokenIn(fragment: string): string {
  let text = fragment;
  try {
    text = decodeURIComponent(fragment);
  } catch {
    // A percent sign that encodes nothing.
  }
  const token = /[\w-]{20,}/.exec(text)?.[0] ?? text;
  return CASELESS.test(token) ? token.toLowerCase() : token;
}
