import { type AnswerOf, change, type InputOf, isUnreachable, requestOf } from './api.ts';
import { type DraftStore, draftOf } from './drafts.ts';
import { m } from './paraglide/messages.js';
import { showChanges } from './pending.svelte.ts';
import { problemWords } from './problems.ts';
import { toast } from './toasts.svelte.ts';
import { type Change, WaitingChanges } from './waiting-changes.ts';

const AGAIN_MS = 5_000;
let kept: DraftStore<Change[]> | null = null;

const waiting = new WaitingChanges({
  send: async ({ id, ...request }) => {
    await change(request, { idempotencyKey: id });
  },
  store: (changes) => {
    kept?.keep(changes.length > 0 ? changes : null);
    showChanges(changes.map(inWords));
  },
});

function inWords(change: Change) {
  const { id, customer, text, at, contested, refused } = change;
  const drop = () => waiting.drop(id);
  return {
    id,
    customer,
    text,
    at: new Date(at),
    undo: drop,
    ...(contested
      ? {
          question: {
            text: m.waiting_contested({ name: contested.by ?? m.actor_system() }),
            keep: () => {
              waiting.insist(id);
              void waiting.send();
            },
          },
        }
      : {}),
    ...(refused ? { question: { text: problemWords(refused) } } : {}),
  };
}

/** Takes up what this person left on this tab, and sends it whenever the connection is there; answers how to stop. */
export function startWaiting(userId: string, isLive: () => boolean): () => void {
  kept = draftOf<Change[]>(userId, 'waiting changes');
  waiting.restore(kept.read() ?? []);
  const timer = setInterval(() => {
    if (isLive() && waiting.list.length > 0) void waiting.send();
  }, AGAIN_MS);
  return () => clearInterval(timer);
}

/** For good, also what is being sent at this moment: nothing of it is kept again. */
export function forgetWaiting(): void {
  waiting.restore([]);
}

export function sendWaiting(): void {
  void waiting.send();
}

/**
 * Does what a person wrote now, or keeps it for later where the server is not reached: answers null then. Other refusals
 * are thrown as they are.
 */
export async function doOrKeep<Name extends 'PATCH /api/customers/:id' | 'POST /api/customers/:id/comments'>(
  name: Name,
  input: InputOf<Name>,
  note: Pick<Change, 'id' | 'customerId' | 'customer' | 'text'>,
): Promise<AnswerOf<Name> | null> {
  const request = requestOf(name, input);
  try {
    return await change<AnswerOf<Name>>(request, { idempotencyKey: note.id });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    waiting.add({ ...note, ...(request as Pick<Change, 'method' | 'path' | 'body'>), at: Date.now() });
    toast(m.waiting_kept());
    return null;
  }
}
