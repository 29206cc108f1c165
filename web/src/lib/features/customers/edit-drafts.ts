import type { FormValues } from './form-values.ts';

/** What was typed into the form of a customer and not saved, and what it started from. */
export interface EditDraft {
  values: FormValues;
  start: FormValues;
  version: number;
}

/** In this tab's memory alone: there may be numbers in it. By user and customer. */
const drafts = new Map<string, EditDraft>();
const key = (userId: string, customerId: string) => `${userId} ${customerId}`;

export const readEditDraft = (userId: string, customerId: string) => drafts.get(key(userId, customerId));
export const keepEditDraft = (userId: string, customerId: string, draft: EditDraft) =>
  drafts.set(key(userId, customerId), draft);
export const dropEditDraft = (userId: string, customerId: string) => drafts.delete(key(userId, customerId));
