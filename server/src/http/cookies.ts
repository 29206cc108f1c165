/** The value of one cookie in a Cookie header; null when it is not there or longer than any of ours. */
export function cookieValue(header: string | undefined, name: string): string | null {
  const value = header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  return value && value.length <= 200 ? value : null;
}
