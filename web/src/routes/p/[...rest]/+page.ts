import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

/** An address of no page is said as the customer's pages say it, never as the staff's. */
export const load: PageLoad = () => error(404, 'not found');
