import { FeedbackRecordError, type FeedbackRecord, type FeedbackState } from './feedback-record.ts';
import { parsePhotoKey } from './feedback-keys.ts';
import type { FeedbackStore, StoredPhoto } from './feedback-store.ts';

/**
 * Processes several items at a time and returns the results in order. After a failure no other item is started, and the
 * items in flight are awaited.
 */
export async function mapInFlight<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const lane = async () => {
    for (const [index, item] of queue) {
      if (failed) return;
      results[index] = await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return results;
}

const READS_IN_FLIGHT = 16;

export interface PageRequest {
  /** Maximum number of records. */
  limit: number;
  /** The `next` of the previous page; from the start by default. */
  after?: string | undefined;
  /** Only records in this state; in any state by default. */
  state?: FeedbackState | undefined;
}

export interface FeedbackPage {
  /** Ordered by the day of arrival (UTC), oldest first. */
  records: FeedbackRecord[];
  /** The cursor of the next page; undefined on the last page. */
  next: string | undefined;
}

/** The format of a page's cursor: a day and a record's name. */
export const PAGE_CURSOR = /^\d{4}-\d{2}-\d{2}\/[0-9a-f]{32}$/;

/** One page of the records. A record that is added or removed between two pages may be missing; no other is. */
export async function readPage(
  store: FeedbackStore,
  { limit, after = '', state }: PageRequest,
): Promise<FeedbackPage> {
  const photos = (await store.listPhotos()).filter((photo) => cursorOf(photo) > after);
  const records: FeedbackRecord[] = [];
  for await (const record of recordsOf(store, photos)) {
    if (state !== undefined && record.state !== state) continue;
    if (records.length === limit)
      return { records, next: cursorOf(parsePhotoKey(records.at(-1)!.photo.key)!) };
    records.push(record);
  }
  return { records, next: undefined };
}

/**
 * The records of photos, in order. Photos without a record and damaged records are skipped; the sweep reports both.
 */
export async function* recordsOf(
  store: FeedbackStore,
  photos: readonly StoredPhoto[],
): AsyncGenerator<FeedbackRecord> {
  for (let first = 0; first < photos.length; first += READS_IN_FLIGHT) {
    const some = photos.slice(first, first + READS_IN_FLIGHT);
    const found = await mapInFlight(some, READS_IN_FLIGHT, (photo) => recordOf(store, photo));
    for (const record of found) if (record !== undefined) yield record;
  }
}

async function recordOf(
  store: FeedbackStore,
  { name, key }: StoredPhoto,
): Promise<FeedbackRecord | undefined> {
  const record = await store.find(name).catch((error: unknown) => {
    if (error instanceof FeedbackRecordError) return undefined;
    throw error;
  });
  return record?.photo.key === key ? record : undefined;
}

function cursorOf({ day, name }: Pick<StoredPhoto, 'day' | 'name'>): string {
  return `${day}/${name}`;
}
