import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * Checks requests by their schemas. Bodies are taken as they are, but for what a schema decodes (`VisibleText`); in
 * addresses, numbers and truth values are written as text.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  return (given) => {
    const value = httpPart === 'body' ? given : readTexts(schema, given as Record<string, unknown>);
    const tooMany = firstOverlong(schema, value);
    if (tooMany) return { error: [tooMany] as never };
    return compiled.Check(value)
      ? { value: compiled.Decode(value) }
      : { error: compiled.Errors(value) as never };
  };
};

interface Shape {
  properties?: Record<string, Shape>;
  items?: Shape;
  maxItems?: number;
}

/** The first array longer than its schema allows: looked for before the check, which looks at every item first. */
function firstOverlong(schema: Shape, value: unknown, instancePath = ''): object | undefined {
  if (Array.isArray(value)) {
    const { maxItems = Number.POSITIVE_INFINITY, items } = schema;
    if (value.length > maxItems) {
      return { instancePath, params: {}, message: `must not have more than ${maxItems} items` };
    }
    // Walk no deeper than the schema; anything nested beyond it fails the check anyway.
    return items && firstOf(value, (item, index) => firstOverlong(items, item, `${instancePath}/${index}`));
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return firstOf(Object.entries(schema.properties ?? {}), ([name, inner]) =>
    firstOverlong(inner, (value as Record<string, unknown>)[name], `${instancePath}/${name}`),
  );
}

function firstOf<T, R>(list: readonly T[], look: (one: T, index: number) => R | undefined): R | undefined {
  for (const [index, one] of list.entries()) {
    const found = look(one, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the texts of a query stand for by its schema; what fits no type is left for the check to name. */
export function readTexts(schema: TSchema, texts: Record<string, unknown>): Record<string, unknown> {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, meaningOf(properties[name]?.type, text)]),
  );
}

function meaningOf(type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
