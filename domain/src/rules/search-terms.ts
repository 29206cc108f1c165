/**
 * The terms under which a customer is found: every character and pair of characters of the name (trigram indexes are
 * weak for two-character Chinese names), tails of phone and ID number from four characters up, and the number.
 */
export function customerSearchTerms(customer: {
  number: number;
  name: string;
  phone: string;
  idNumber: string | null;
}): string[] {
  const terms = new Set<string>(grams(customer.name));
  for (const tail of [...tails(customer.phone), ...tails(customer.idNumber ?? '')]) terms.add(tail);
  terms.add(String(customer.number));
  terms.add(`qj-${customer.number}`);
  return [...terms];
}

/** The terms that a customer must all have to match what was typed; empty when nothing searchable was typed. */
export function querySearchTerms(query: string): string[] {
  const text = normalize(query);
  if (text === '') return [];
  if (/^qj-?\d+$/.test(text)) return [`qj-${text.replace(/\D/g, '')}`];
  if (/^\d[\dx ]*$/.test(text)) return [text.replace(/ /g, '')];
  const words = text.split(' ');
  return [...new Set(words.flatMap((word) => (word.length === 1 ? [word] : pairs(word))))];
}

function grams(name: string): string[] {
  return normalize(name)
    .split(' ')
    .flatMap((word) => [...word, ...pairs(word), ...digitRuns(word)]);
}

function pairs(word: string): string[] {
  const characters = [...word];
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** Digits are asked for as one term (`querySearchTerms`), so a name that holds some has each part of them. */
function digitRuns(word: string): string[] {
  return (word.match(/\d[\dx]{2,}/g) ?? []).flatMap((run) =>
    [...run].flatMap((_, start) =>
      Array.from({ length: Math.max(0, run.length - start - 2) }, (_, more) =>
        run.slice(start, start + 3 + more),
      ),
    ),
  );
}

function tails(value: string): string[] {
  const text = value.toLowerCase();
  const result: string[] = [];
  for (let length = 4; length <= text.length; length++) result.push(text.slice(-length));
  return result;
}

function normalize(value: string): string {
  return value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}
