import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** Checks requests by their schemas. Bodies are taken as they are; in addresses, numbers and truth values are written as text. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  return (given) => {
    const value = httpPart === 'body' ? given : readTexts(schema, given as Record<string, unknown>);
    return compiled.Check(value) ? { value } : { error: compiled.Errors(value) as never };
  };
};

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
