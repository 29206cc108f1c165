import type { CompletenessItem } from '@qijian/domain/rules/completeness.ts';

/** Where a slot stands on the phone: what came back first, then what is missing, then what is done. */
export type PhonePlace = 0 | 1 | 2;

export function phonePlace(item: CompletenessItem): PhonePlace {
  if (item.state === 'returned') return 0;
  return item.state === 'missing' ? 1 : 2;
}

/**
 * The places of the slots, by type. Whoever is known keeps the place: nothing moves under the thumb because a file
 * arrived; `again` puts all of them where they belong now.
 */
export function phonePlaces(
  items: CompletenessItem[],
  known: ReadonlyMap<string, PhonePlace>,
  again: boolean,
): Map<string, PhonePlace> {
  return new Map(
    items.map((item) => [item.type, (again ? undefined : known.get(item.type)) ?? phonePlace(item)]),
  );
}
