import { createHash, timingSafeEqual } from 'node:crypto';
import { sniffImageFormat } from '../../inference/preprocess/image-format.ts';
import {
  StorageError,
  PreconditionFailedError,
  type WritableStore,
} from '../store/object-store.ts';
import {
  nameOfId,
  nameOfRecordKey,
  newFeedbackId,
  newPhotoKey,
  parsePhotoKey,
  PHOTOS,
  recordKeyOf,
  recordNameOf,
  RECORDS,
  type PhotoKey,
  formatFeedbackRecord,
  newFeedbackRecord,
  parseFeedbackRecord,
  type FeedbackRecord,
  type FeedbackState,
  type NewFeedback,
} from './feedback-record.ts';

/** How many conflicting writes a change tolerates before it gives up. */
const MAX_LOST_RACES = 10;

/** A photo, its submitted age, and the facts about both. */
export interface FeedbackToKeep extends Omit<NewFeedback, 'id' | 'photo' | 'createdAt'> {
  bytes: Uint8Array;
  at: Date;
  /** A secret that identifies the submitter, such as the hash of an API key; without it each call is a new submitter. */
  submitter?: Uint8Array | undefined;
}

/**
 * `known`: this submitter has stored the same photo with the same age; `conflict`: with another age, which is kept. What
 * other submitters have stored changes nothing.
 */
export interface KeptFeedback {
  outcome: 'stored' | 'known' | 'conflict';
  record: FeedbackRecord;
}

/** A photo's file in the store; it may have no record. */
export interface StoredPhoto extends PhotoKey {
  bytes: number;
}

/**
 * Photos with true ages, `photos/<day>/<name>-<random>.<type>` and `records/<name>.json`, in a folder or an S3 prefix
 * that several servers and commands may share. A record is written after its photo and removed after it, so an existing
 * record has a photo or is being removed. A photo without a record is ignored until a sweep removes it.
 * Every method throws StorageError if the store fails, and FeedbackRecordError if a record is damaged.
 */
export class FeedbackStore {
  readonly #store: WritableStore;

  constructor(store: WritableStore) {
    this.#store = store;
  }

  /** For messages. */
  get location(): string {
    return this.#store.location;
  }

  /** Stores a photo unless its submitter has stored it already. Of several concurrent calls of a submitter one wins. */
  async add({ submitter, ...feedback }: FeedbackToKeep): Promise<KeptFeedback> {
    const sha256 = createHash('sha256').update(feedback.bytes).digest('hex');
    const name = recordNameOf(sha256, submitter);
    for (let lost = 0; lost < MAX_LOST_RACES; lost++) {
      const known = await this.find(name);
      if (known !== undefined)
        return { outcome: known.age === feedback.age ? 'known' : 'conflict', record: known };
      const stored = await this.#tryAdd(name, sha256, feedback);
      if (stored !== undefined) return { outcome: 'stored', record: stored };
    }
    throw this.#busy(name);
  }

  async find(name: string): Promise<FeedbackRecord | undefined> {
    return (await this.#read(name))?.record;
  }

  /** Undefined if there is no such record or the secret of the id does not match. */
  async findById(id: string): Promise<FeedbackRecord | undefined> {
    const name = nameOfId(id);
    const record = name === undefined ? undefined : await this.find(name);
    // Both ids have the same format and thus the same length, as timingSafeEqual requires.
    if (record === undefined || nameOfId(record.id) === undefined) return undefined;
    return timingSafeEqual(Buffer.from(record.id), Buffer.from(id)) ? record : undefined;
  }

  /**
   * Changes a record's state; does nothing if the record is already in this state.
   * @returns the current record, or undefined if there is none
   */
  async decide(
    name: string,
    state: FeedbackState,
    { by, at }: { by: string; at: Date },
  ): Promise<FeedbackRecord | undefined> {
    for (let lost = 0; lost < MAX_LOST_RACES; lost++) {
      const found = await this.#read(name);
      if (found === undefined || found.record.state === state) return found?.record;
      const decisions = [...found.record.decisions, { state, at: at.toISOString(), by }];
      const record = { ...found.record, state, decisions };
      if (await this.#tryPut(record, { ifMatch: found.etag })) return record;
    }
    throw this.#busy(name);
  }

  /** Removes the photo and then the record; if it fails in between, it can be repeated. */
  async remove({ name, key }: Pick<StoredPhoto, 'name' | 'key'>): Promise<void> {
    await this.#store.delete(key);
    await this.#store.delete(recordKeyOf(name));
  }

  /** Removes a photo without a record. */
  async removePhoto({ key }: Pick<StoredPhoto, 'key'>): Promise<void> {
    await this.#store.delete(key);
  }

  readPhoto({ photo }: Pick<FeedbackRecord, 'photo'>): Promise<Buffer> {
    return this.#store.read(photo.key);
  }

  /** All photos, ordered by day and name. */
  async listPhotos(): Promise<StoredPhoto[]> {
    const photos: StoredPhoto[] = [];
    for await (const { key, bytes } of this.#store.list(PHOTOS)) {
      const parsed = parsePhotoKey(key);
      if (parsed !== undefined) photos.push({ ...parsed, bytes });
    }
    return photos.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The names of all records. */
  async listNames(): Promise<Set<string>> {
    const names = new Set<string>();
    for await (const { key } of this.#store.list(RECORDS)) {
      const name = nameOfRecordKey(key);
      if (name !== undefined) names.add(name);
    }
    return names;
  }

  /** Undefined if another record of the photo was written first. */
  async #tryAdd(
    name: string,
    sha256: string,
    { bytes, at, ...facts }: Omit<FeedbackToKeep, 'submitter'>,
  ): Promise<FeedbackRecord | undefined> {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const key = newPhotoKey(name, sniffImageFormat(file), at);
    const photo = { key, sha256, bytes: bytes.length };
    const id = newFeedbackId(name);
    const record = newFeedbackRecord({ ...facts, id, photo, createdAt: at.toISOString() });
    await this.#store.upload(key, file);
    if (await this.#tryPut(record, { ifAbsent: true })) return record;
    await this.#store.delete(key);
    return undefined;
  }

  async #tryPut(
    record: FeedbackRecord,
    condition: { ifAbsent: true } | { ifMatch: string },
  ): Promise<boolean> {
    try {
      const key = recordKeyOf(nameOfId(record.id)!);
      await this.#store.put(key, formatFeedbackRecord(record), condition);
      return true;
    } catch (error) {
      if (error instanceof PreconditionFailedError) return false;
      throw error;
    }
  }

  async #read(name: string): Promise<{ record: FeedbackRecord; etag: string } | undefined> {
    const key = recordKeyOf(name);
    const found = await this.#store.readIfChanged(key);
    if (found.outcome !== 'found') return undefined;
    const record = parseFeedbackRecord(found.bytes, `${this.location}/${key}`);
    return { record, etag: found.etag };
  }

  #busy(name: string): StorageError {
    return new StorageError(
      `${this.location}/${recordKeyOf(name)} was changed by others ${MAX_LOST_RACES} times in a row; try again`,
    );
  }
}
