import { mapInFlight } from '../registry/feedback/feedback-page.ts';
import {
  isRecordKey,
  FeedbackRecordError,
  parseFeedbackRecord,
} from '../registry/feedback/feedback-record.ts';
import { ObjectUnreadableError, type ObjectStore } from '../registry/store/object-store.ts';
import type { LabelledFile } from './labelled-file.ts';

const READS_IN_FLIGHT = 16;

/** Whether a data set is one of feedback: its records say the ages. */
export function hasFeedback(keys: Pick<ReadonlySet<string>, 'keys'>): boolean {
  for (const key of keys.keys()) if (isRecordKey(key)) return true;
  return false;
}

/** The photos whose feedback is accepted. Records that are damaged, or gone since they were listed, say nothing. */
export async function readFeedbackLabels(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<LabelledFile[]> {
  const records = [...keys.keys()].filter(isRecordKey);
  const files = await mapInFlight(records, READS_IN_FLIGHT, (key) => readRecord(store, key));
  return files.filter((file) => file !== undefined);
}

async function readRecord(store: ObjectStore, key: string): Promise<LabelledFile | undefined> {
  try {
    const { state, photo, age } = parseFeedbackRecord(await store.read(key), key);
    return state === 'accepted' ? { key: photo.key, age, split: undefined, groups: {} } : undefined;
  } catch (error) {
    if (error instanceof FeedbackRecordError || error instanceof ObjectUnreadableError)
      return undefined;
    throw error;
  }
}
