import { timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../../common/errors.ts';
import {
  StorageError,
  PreconditionFailedError,
  type WritableStore,
} from '../store/object-store.ts';
import { isSameSubject } from './feedback-face.ts';
import {
  ageRangeOf,
  type AgeRange,
  subjectOf,
  formatFeedbackRecord,
  newFeedbackRecord,
  parseFeedbackRecord,
  type FeedbackRecord,
  type FeedbackRecord1,
  type FeedbackRecord2,
  type FeedbackState,
  type NewFeedback,
} from './feedback-record.ts';
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
} from './feedback-keys.ts';

/** How many conflicting writes a change tolerates before it gives up. */
const MAX_LOST_RACES = 10;

/** Records of one submitter about the faces of one photo; a request for more is refused. */
const MAX_PLACES = 64;
/** Unused places after which no record of the photo is expected: deleted records leave their places. */
const MAX_GAPS = 3;

/** A photo as it is stored. */
export interface PhotoToKeep extends Pick<
  FeedbackRecord2['photo'],
  'sha256' | 'width' | 'height' | 'region'
> {
  jpeg: Uint8Array;
}

/** A photo, its submitted age, and the facts about both. */
export interface FeedbackToKeep extends Omit<NewFeedback, 'id' | 'photo' | 'createdAt'> {
  photo: PhotoToKeep;
  at: Date;
  /** A secret that identifies the submitter, such as the hash of an API key; without it each call is a new submitter. */
  submitter?: Uint8Array | undefined;
}

/**
 * `known`: this submitter has stored the same face of the same photo with the same age; `conflict`: with another age, which
 * is kept. What other submitters have stored changes nothing.
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

  /**
   * Stores a face of a photo unless its submitter has stored it already. Of several concurrent calls of a submitter one wins.
   */
  async add({ submitter, ...feedback }: FeedbackToKeep): Promise<KeptFeedback> {
    const { sha256 } = feedback.photo;
    for (let lost = 0; lost < MAX_LOST_RACES; lost++) {
      const { name, record: known } = await this.#placeFor(feedback, submitter);
      if (known !== undefined)
        return { outcome: isSameAge(known, feedback) ? 'known' : 'conflict', record: known };
      const stored = await this.#tryAdd(name, feedback);
      if (stored !== undefined) return { outcome: 'stored', record: stored };
    }
    throw this.#busy(recordNameOf(sha256, submitter));
  }

  /**
   * Replaces the photo of a record of schema 1, which thereby gets schema 2. It can be repeated after an interruption, which
   * leaves at most a photo without a record.
   * @returns undefined if the record has been changed or removed in the meantime
   */
  async replacePhoto(
    { age, schemaVersion, ...facts }: FeedbackRecord1,
    replacement: Omit<PhotoToKeep, 'sha256'>,
  ): Promise<FeedbackRecord2 | undefined> {
    const name = nameOfId(facts.id)!;
    const found = await this.#read(name);
    if (found?.record.schemaVersion !== schemaVersion) return undefined;
    const { jpeg, ...shown } = replacement;
    const key = newPhotoKey(name, 'jpeg', new Date(facts.createdAt));
    const { sha256 } = facts.photo;
    const record: FeedbackRecord2 = {
      schemaVersion: 2,
      ...facts,
      ...{ state: found.record.state, decisions: found.record.decisions },
      ...{ age, minAge: age, maxAge: age },
      ...{ face: null, keyName: null },
      photo: { key, sha256, bytes: jpeg.length, ...shown },
    };
    await this.#store.upload(key, jpeg);
    const isReplaced = await this.#tryPut(record, { ifMatch: found.etag });
    await this.#store.delete(isReplaced ? facts.photo.key : key);
    return isReplaced ? record : undefined;
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

  /**
   * The submitter's record of this face of the photo, or the first name that is not used yet. A record of schema 1 counts for
   * every face of its photo.
   */
  async #placeFor(
    { photo, face }: Pick<FeedbackToKeep, 'photo' | 'face'>,
    submitter: Uint8Array | undefined,
  ): Promise<{ name: string; record?: FeedbackRecord }> {
    if (submitter === undefined) return { name: recordNameOf(photo.sha256, submitter) };
    const wanted = subjectOf({ photo, face });
    const free: string[] = [];
    for (let place = 0; place < MAX_PLACES && free.length < MAX_GAPS; place++) {
      const name = recordNameOf(photo.sha256, submitter, place);
      const record = await this.find(name);
      if (record === undefined) free.push(name);
      else if (record.schemaVersion === 1 || isSameSubject(subjectOf(record), wanted))
        return { name, record };
    }
    if (free[0] !== undefined) return { name: free[0] };
    throw new ServiceError(
      'feedback_full',
      `You have ${MAX_PLACES} records of this photo, which is the most. Delete one of them first.`,
    );
  }

  /** Undefined if another record of the photo was written first. */
  async #tryAdd(
    name: string,
    { photo: toKeep, at, ...facts }: Omit<FeedbackToKeep, 'submitter'>,
  ): Promise<FeedbackRecord2 | undefined> {
    const key = newPhotoKey(name, 'jpeg', at);
    const { jpeg, ...shown } = toKeep;
    const photo = { key, bytes: jpeg.length, ...shown };
    const id = newFeedbackId(name);
    const record = newFeedbackRecord({ ...facts, id, photo, createdAt: at.toISOString() });
    await this.#store.upload(key, jpeg);
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

function isSameAge(record: FeedbackRecord, given: AgeRange): boolean {
  const { minAge, maxAge } = ageRangeOf(record);
  return minAge === given.minAge && maxAge === given.maxAge;
}
