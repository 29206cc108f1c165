import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
  const { checklist } = await parent();
  if (!checklist?.items.some((item) => item.type === params.type)) error(404);
};
