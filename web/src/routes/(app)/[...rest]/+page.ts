import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

/** An address of no page is said inside the shell: everything else stays a click away. */
export const load: PageLoad = () => error(404, 'not found');
