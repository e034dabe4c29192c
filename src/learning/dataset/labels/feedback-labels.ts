import { isRecordKey } from '../../../registry/feedback/feedback-keys.ts';
import { mapInFlight } from '../../../registry/feedback/feedback-page.ts';
import {
  ageRangeOf,
  FeedbackRecordError,
  parseFeedbackRecord,
  type FeedbackRecord,
} from '../../../registry/feedback/feedback-record.ts';
import { ObjectUnreadableError, type ObjectStore } from '../../../registry/store/object-store.ts';
import type { LabeledFile } from '../labeled-file.ts';
import type { Keys } from './table-paths.ts';

const CONCURRENT_READS = 16;

/** Whether the dataset is a feedback store, whose records hold the ages. */
export function hasFeedback(keys: Pick<Keys, 'keys'>): boolean {
  for (const key of keys.keys()) if (isRecordKey(key)) return true;
  return false;
}

/** The photos whose feedback was accepted. Records that are damaged or were deleted after the listing are skipped. */
export async function readFeedbackLabels(
  store: ObjectStore,
  keys: Pick<Keys, 'keys'>,
): Promise<LabeledFile[]> {
  const records = [...keys.keys()].filter(isRecordKey);
  const read = await mapInFlight(records, CONCURRENT_READS, (key) => readRecord(store, key));
  return read.flatMap((record) => (record?.state === 'accepted' ? [labeledFeedback(record)] : []));
}

async function readRecord(store: ObjectStore, key: string): Promise<FeedbackRecord | undefined> {
  try {
    return parseFeedbackRecord(await store.read(key), key);
  } catch (error) {
    if (error instanceof FeedbackRecordError || error instanceof ObjectUnreadableError)
      return undefined;
    throw error;
  }
}

function labeledFeedback(record: FeedbackRecord): LabeledFile {
  const { photo } = record;
  const { minAge, maxAge } = ageRangeOf(record);
  const age = { min: minAge, max: maxAge };
  const file: LabeledFile = { key: photo.key, age, split: undefined, groups: {} };
  if (record.schemaVersion === 1) return file;
  const originalHash = Buffer.from(photo.sha256, 'hex').toString('latin1');
  return { ...file, originalHash, ...(record.face === null ? {} : { knownFace: record.face }) };
}
