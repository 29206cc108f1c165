import { type TSchema, Type } from 'typebox';
import { visibleText } from '../../rules/visible-text.ts';

/** UUIDv7 in text form. */
export const Id = Type.String({ format: 'uuid' });
export const IdParams = Type.Object({ id: Id }, { additionalProperties: false });
/** UTC, ISO 8601. */
export const Timestamp = Type.String({ format: 'date-time' });
/** A moment as people give it: of a day that a calendar of today has, without leap seconds. */
export const Moment = Type.String({
  format: 'date-time',
  pattern: '^(19|2\\d)\\d\\d-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:[0-5]',
});
/** Optimistic lock: the version the client has seen. */
export const Version = Type.Integer({ minimum: 1 });
/** A name or label by which people tell things apart; reaches the route as `visibleText` makes it, and is never empty. */
export const VisibleText = (maxLength: number) =>
  Type.Decode(
    Type.Refine(
      Type.String({ minLength: 1, maxLength }),
      (value) => visibleText(value) !== '',
      () => 'must have characters that can be seen',
    ),
    visibleText,
  );
/** The same where nothing may be said: what cannot be seen is nothing. */
export const VisibleTextOrEmpty = (maxLength: number) => Type.Decode(Type.String({ maxLength }), visibleText);
export const Names = Type.Object(
  { zh: VisibleText(60), en: VisibleText(60) },
  { additionalProperties: false },
);
export const PersonRef = Type.Object({ id: Id, displayName: Type.String() }, { title: 'Person' });
export const StreamHeadBody = Type.Object({
  stream: Type.String(),
  seq: Type.Integer(),
  epoch: Type.String(),
});
/** A type with null, as JSON Schema's `anyOf`. */
export const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
/**
 * A list of different texts. JSON Schema's `uniqueItems` stays out of contracts: validators compare every item with
 * every other to word their error.
 */
export const Distinct = <T extends TSchema>(item: T, options: { minItems?: number; maxItems: number }) =>
  Type.Refine(
    Type.Array(item, options),
    (values) => new Set(values as unknown[]).size === values.length,
    () => 'must not hold the same value twice',
  );

/** What is no JSON: the bytes of a file of this type. */
export const Bytes = (contentMediaType: string) =>
  Type.Unsafe<Blob>({ type: 'string', format: 'binary', contentMediaType });
