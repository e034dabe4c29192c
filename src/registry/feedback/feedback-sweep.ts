import { FeedbackRecordError, type FeedbackRecord } from './feedback-record.ts';
import type { FeedbackStore, StoredPhoto } from './feedback-store.ts';

const DAY_MS = 86_400_000;
/** Longer than a write takes, and than clocks of servers differ: what is older and not whole never will be. */
const UNFINISHED_MS = 3_600_000;

export interface SweepOptions {
  now: Date;
  /** Photos that are older are removed; 0 keeps them for ever. */
  retentionDays: number;
  /** Only says what would go. */
  dryRun?: boolean;
}

/** What a sweep found and did; photos are named as their records are. */
export interface SweepReport {
  /** Removed with their records, being older than allowed. */
  expired: string[];
  /** Removed as what a write or a removal that was cut short had left: a photo or a record without the other. */
  leftovers: string[];
  /** Left as they are: their records cannot be read. */
  damaged: string[];
  /** What is there now. */
  photos: number;
  bytes: number;
}

/**
 * Removes what has been kept for long enough and what was left over. Several servers and commands may sweep at the
 * same time.
 */
export async function sweepFeedback(
  store: FeedbackStore,
  options: SweepOptions,
): Promise<SweepReport> {
  // In this order: a record that was there before the listing of the photos has its photo in it, or is being removed.
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
    // By its day alone, so that of all others only the records of the oldest photos are read.
    if (!isDoubtful && !this.#isExpired(photo.day)) return;
    const found = await this.#find(photo.name);
    const isOwn = found === 'damaged' || found?.photo.key === photo.key;
    if (!isOwn) await this.#removeLeftover(photo);
    else if (this.#isExpired(lastTimeOf(found, photo))) await this.#removeExpired(photo);
    else if (found === 'damaged') this.report.damaged.push(photo.name);
  }

  /** Its photo is gone, so its removal was cut short. */
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

/** When a photo came, or where that cannot be read the latest time that it may have come. */
function lastTimeOf(found: Found, { day }: StoredPhoto): string {
  return found === 'damaged' || found === undefined ? endOf(day) : found.createdAt;
}

function endOf(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString();
}
