/** A JSON schema, as far as those of the contract go. */
export interface Schema {
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  minimum?: number;
  minLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
}

/** The smallest value of a schema; `id` makes those that are ids. */
export function smallestValue(schema: Schema, id: () => string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [first] = schema.anyOf ?? [];
  if (first) return smallestValue(first, id);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, smallestValue(schema.properties?.[name] ?? {}, id)]),
      );
    case 'array':
      return schema.minItems ? [smallestValue(schema.items ?? {}, id)] : [];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      if (schema.format === 'uuid') return id();
      return schema.format === 'date-time' ? '2026-01-01T00:00:00Z' : 'x'.repeat(schema.minLength ?? 1);
  }
}
