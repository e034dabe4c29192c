import { table } from '../../src/common/text-table.ts';
import { recordsOf } from '../../src/registry/feedback/feedback-page.ts';
import {
  nameOfId,
  type FeedbackRecord,
  type FeedbackState,
} from '../../src/registry/feedback/feedback-record.ts';
import type { FeedbackStore } from '../../src/registry/feedback/feedback-store.ts';
import type { Outcome } from '../registry/command-line.ts';

const header = ['name', 'came', 'state', 'age', 'answered', 'version', 'how', 'source'];

/** `npm run feedback`: every record, or those of a state. */
export async function listFeedback(
  store: FeedbackStore,
  state: FeedbackState | undefined,
): Promise<Outcome> {
  const records: FeedbackRecord[] = [];
  for await (const record of recordsOf(store, await store.listPhotos()))
    if (state === undefined || record.state === state) records.push(record);
  const heading = `${store.location}: ${records.length} ${state ?? 'in all'}`;
  const text =
    records.length === 0 ? heading : `${heading}\n${table([header, ...records.map(rowOf)])}`;
  return { text, data: { store: store.location, records } };
}

/** By its name, not its id: a list ends up in logs and tickets, and an id is the right to delete. */
function rowOf({ id, createdAt, state, age, answer, origin, source }: FeedbackRecord): string[] {
  return [
    nameOfId(id)!,
    createdAt.slice(0, 16).replace('T', ' '),
    state,
    String(age),
    answer.age.mean.toFixed(1),
    String(answer.model.version),
    origin.kind,
    source ?? '-',
  ];
}
