import { recordsOf } from '../../src/registry/feedback/feedback-page.ts';
import { nameOfId, type FeedbackState } from '../../src/registry/feedback/feedback-record.ts';
import type { FeedbackStore } from '../../src/registry/feedback/feedback-store.ts';
import { whoRuns, type Outcome } from '../registry/command-line.ts';
import { recordOf } from './settings.ts';

/** Which records: some by name or id, or all that nobody has decided about. */
export type DecisionWish = { given: readonly string[] } | { allPending: true };

/** `npm run feedback -- accept|reject`. What was removed meanwhile is left out. */
export async function decideFeedback(
  store: FeedbackStore,
  state: FeedbackState,
  wish: DecisionWish,
): Promise<Outcome> {
  const decision = { by: whoRuns(), at: new Date() };
  const decided: string[] = [];
  for (const name of await namesOf(store, wish))
    if ((await store.decide(name, state, decision)) !== undefined) decided.push(name);
  const text = `${state} ${decided.length === 1 ? decided[0]! : `${decided.length} of ${store.location}`}`;
  return { text, data: { state, names: decided } };
}

/** All are looked up before the first is decided. */
async function namesOf(store: FeedbackStore, wish: DecisionWish): Promise<string[]> {
  const names: string[] = [];
  if ('given' in wish) {
    for (const given of wish.given) names.push(nameOfId((await recordOf(store, given)).id)!);
    return names;
  }
  for await (const { id, state } of recordsOf(store, await store.listPhotos()))
    if (state === 'pending') names.push(nameOfId(id)!);
  return names;
}
