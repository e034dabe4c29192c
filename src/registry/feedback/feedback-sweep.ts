import { FeedbackRecordError, type FeedbackRecord } from './feedback-record.ts';
import type { FeedbackStore, StoredPhoto } from './feedback-store.ts';

const DAY_MS = 86_400_000;
/** Longer than any write takes and than server clocks differ: an older incomplete record will never be completed. */
const UNFINISHED_MS = 3_600_000;

export interface SweepOptions {
  now: Date;
  /** Older photos are removed; 0 keeps them forever. */
  retentionDays: number;
  /** Only reports what would be removed. */
  dryRun?: boolean;
}

/** What a sweep found and did; photos are listed by the names of their records. */
export interface SweepReport {
  /** Photos that were removed with their records because they were too old. */
  expired: string[];
  /** Photos without a record, or records without a photo, that were removed: leftovers of an interrupted operation. */
  leftovers: string[];
  /** Photos that were kept because their records cannot be read. */
  damaged: string[];
  /** Number of photos that remain. */
  photos: number;
  bytes: number;
}

/**
 * Removes expired photos and leftovers. Several servers and commands may sweep at the same time.
 */
export async function sweepFeedback(
  store: FeedbackStore,
  options: SweepOptions,
): Promise<SweepReport> {
  // The order matters: a record that existed before the photos were listed has its photo in that list or is being removed.
  const names = await store.listNames();
  const photos = await store.listPhotos();
  const sweep = new Sweep(store, options, photos);
  const seen = new Map<string, number>();
  for (const { name } of photos) seen.set(name, (seen.get(name) ?? 0) + 1);
  for (const photo of photos) {
    const isDoubtful = !names.has(photo.name) || seen.get(photo.name)! > 1;
    await sweep.photo(photo, isDoubtful);
  }
  for (const name of names) if (!seen.has(name)) await sweep.lonelyRecord(name);
  return sweep.report;
}

type Found = FeedbackRecord | 'damaged' | undefined;

class Sweep {
  readonly report: SweepReport;
  readonly #store: FeedbackStore;
  readonly #options: SweepOptions;

  constructor(store: FeedbackStore, options: SweepOptions, photos: readonly StoredPhoto[]) {
    this.#store = store;
    this.#options = options;
    const bytes = photos.reduce((sum, photo) => sum + photo.bytes, 0);
    this.report = { expired: [], leftovers: [], damaged: [], photos: photos.length, bytes };
  }

  async photo(photo: StoredPhoto, isDoubtful: boolean): Promise<void> {
    // The day decides first, so that only the records of the oldest photos are read.
    if (!isDoubtful && !this.#isExpired(photo.day)) return;
    const found = await this.#find(photo.name);
    const isOwn = found === 'damaged' || found?.photo.key === photo.key;
    if (!isOwn) await this.#removeLeftover(photo);
    else if (this.#isExpired(lastTimeOf(found, photo))) await this.#removeExpired(photo);
    else if (found === 'damaged') this.report.damaged.push(photo.name);
  }

  /** Handles a record whose photo is missing because its removal was interrupted. */
  async lonelyRecord(name: string): Promise<void> {
    const found = await this.#find(name);
    if (found === 'damaged') this.report.damaged.push(name);
    if (found === undefined || found === 'damaged' || this.#isYoung(found.createdAt)) return;
    this.report.leftovers.push(name);
    if (this.#options.dryRun !== true) await this.#store.remove({ name, key: found.photo.key });
  }

  async #find(name: string): Promise<Found> {
    try {
      return await this.#store.find(name);
    } catch (error) {
      if (error instanceof FeedbackRecordError) return 'damaged';
      throw error;
    }
  }

  async #removeExpired(photo: StoredPhoto): Promise<void> {
    this.report.expired.push(photo.name);
    this.#takeOff(photo);
    if (this.#options.dryRun !== true) await this.#store.remove(photo);
  }

  async #removeLeftover(photo: StoredPhoto): Promise<void> {
    if (this.#isYoung(endOf(photo.day))) return;
    this.report.leftovers.push(photo.name);
    this.#takeOff(photo);
    if (this.#options.dryRun !== true) await this.#store.removePhoto(photo);
  }

  #takeOff({ bytes }: StoredPhoto): void {
    this.report.photos--;
    this.report.bytes -= bytes;
  }

  #isExpired(time: string): boolean {
    const { now, retentionDays } = this.#options;
    return retentionDays > 0 && Date.parse(time) + retentionDays * DAY_MS <= now.getTime();
  }

  #isYoung(time: string): boolean {
    return Date.parse(time) + UNFINISHED_MS > this.#options.now.getTime();
  }
}

/** The time at which a photo arrived, or if unknown the latest possible time. */
function lastTimeOf(found: Found, { day }: StoredPhoto): string {
  return found === 'damaged' || found === undefined ? endOf(day) : found.createdAt;
}

function endOf(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString();
}
