import { createHash } from 'node:crypto';
import type { StoredFace } from '../../registry/feedback/feedback-face.ts';
import type { FaceFacts } from '../../inference/faces/face-facts.ts';
import type { ObjectStore } from '../../registry/store/object-store.ts';
import { formatAge, type AgeRange } from './age-range.ts';
import type { Groups } from './labeled-file.ts';
import type { LabelFindings, LabelLayout } from './labels/label-layout.ts';
import { HASH_BYTES, type PhotoShard } from './shards.ts';
import type { UnreadablePhoto } from './unreadable.ts';

/** A labeled photo whose pixels are in the cache and whose content occurs once in the dataset. */
export interface DatasetPhoto {
  /** Relative to the dataset's location. */
  key: string;
  age: AgeRange;
  split: string;
  groups: Groups;
  /** The name of its data set, where there are several. */
  source?: string;
  /** Index of its pixels in the cache, counted across all shards. */
  row: number;
  /** The face that was found; null if none was, undefined if the photo was taken for the framed face. */
  face?: FaceFacts | null | undefined;
  /** As in LabeledFile. */
  knownFace?: StoredFace;
  originalHash?: string;
}

/** Returns the SHA-256 of the photo file at a cache row, one character per byte. */
export type HashAt = (row: number) => string;

/**
 * Identifies a labeled dataset by its content, regardless of file names: the SHA-256 of one line per photo, in sorted
 * order, with the SHA-256 of its content, its age, and its split.
 * @param photos with distinct contents
 */
export function fingerprintOf(
  photos: readonly Pick<DatasetPhoto, 'age' | 'split' | 'row'>[],
  hashAt: HashAt,
): string {
  // Bytes sort in the same order as their hexadecimal digits.
  const lines = photos
    .map(({ row, age, split }) => `${hashAt(row)} ${formatAge(age)} ${split}\n`)
    .sort();
  const fingerprint = createHash('sha256');
  for (const line of lines) {
    fingerprint.update(Buffer.from(line.slice(0, HASH_BYTES), 'latin1').toString('hex'));
    fingerprint.update(line.slice(HASH_BYTES));
  }
  return fingerprint.digest('hex');
}

/**
 * How many photos were found and why some were dropped; `photos` is the sum of all other counts except `unlabelled`,
 * `inTwoSplits`, `hidden` (hidden and system files) and `otherFormats` (photos in formats that are not read, with or without
 * a label); the last two exist only where there are such files. Manifests hold these names. Where faces are searched, `noFace`
 * counts the photos that were left out because none was found.
 */
export interface DatasetCounts extends Record<string, number> {
  /** Photos with a label. */
  photos: number;
  unlabelled: number;
  unreadable: number;
  /** Duplicates that were dropped in favor of the one that was kept. */
  merged: number;
  /** Photos that were dropped because byte-identical copies have different ages. */
  contradictory: number;
  /** Photos that the source has in two splits and that were kept in one. */
  inTwoSplits: number;
}

interface DatasetParts {
  store: ObjectStore;
  layout: LabelLayout;
  side: number;
  storedSide: number;
  shards: readonly PhotoShard[];
  photos: readonly DatasetPhoto[];
  withoutFace: readonly DatasetPhoto[];
  unreadable: readonly UnreadablePhoto[];
  /** Without the counts of the splits. */
  counts: DatasetCounts;
  hashAt: HashAt;
  otherFiles: ReadonlySet<string>;
  findings: LabelFindings;
}

/** A set of labeled photos: each content occurs once and belongs to one split, and its pixels are cached. */
export class Dataset {
  readonly store: ObjectStore;
  readonly layout: LabelLayout;
  /** Width and height of the network's input, in pixels. */
  readonly side: number;
  /** Width and height of the cached pictures, whose middle is the network's input. */
  readonly storedSide: number;
  readonly shards: readonly PhotoShard[];
  /** Sorted by key. */
  readonly photos: readonly DatasetPhoto[];
  /** Photos that are left out because no face was found in them. They are part of the fingerprint, but not of `photos`. */
  readonly withoutFace: readonly DatasetPhoto[];
  readonly unreadable: readonly UnreadablePhoto[];
  /** Includes the number of photos of each split, by the split's name. */
  readonly counts: DatasetCounts;
  readonly fingerprint: string;
  /** Keys of files that are not photos, such as `labels.csv`. */
  readonly otherFiles: ReadonlySet<string>;
  /** For the summary. */
  readonly findings: LabelFindings;
  readonly #hashAt: HashAt;

  constructor({ hashAt, ...parts }: DatasetParts) {
    this.store = parts.store;
    this.layout = parts.layout;
    this.side = parts.side;
    this.storedSide = parts.storedSide;
    this.shards = parts.shards;
    this.photos = parts.photos;
    this.withoutFace = parts.withoutFace;
    this.unreadable = parts.unreadable;
    this.otherFiles = parts.otherFiles;
    this.findings = parts.findings;
    this.counts = { ...parts.counts };
    for (const { split } of parts.photos) this.counts[split] = (this.counts[split] ?? 0) + 1;
    this.#hashAt = hashAt;
    this.fingerprint = this.fingerprintOf([...parts.photos, ...parts.withoutFace]);
  }

  /** The location for messages: an absolute path or `s3://bucket/prefix`. */
  get location(): string {
    return this.store.location;
  }

  photosOf(split: string): DatasetPhoto[] {
    return this.photos.filter((photo) => photo.split === split);
  }

  /** The photos of a split that are left out because no face was found in them. */
  withoutFaceOf(split: string): DatasetPhoto[] {
    return this.withoutFace.filter((photo) => photo.split === split);
  }

  /** Whether faces were searched in the photos. */
  get isFramed(): boolean {
    return this.counts.noFace !== undefined;
  }

  /**
   * The SHA-256 of a photo, one character per byte: of the photo as it was sent where the file is another encoding of it, so
   * that it is recognized in other datasets.
   */
  hashOf({ row, originalHash }: Pick<DatasetPhoto, 'row' | 'originalHash'>): string {
    return originalHash ?? this.#hashAt(row);
  }

  /** The fingerprint of some of the photos. */
  fingerprintOf(photos: readonly DatasetPhoto[]): string {
    return fingerprintOf(photos, this.#hashAt);
  }

  /** Reads the bytes of a photo's file. */
  fileOf({ key }: DatasetPhoto): Promise<Buffer<ArrayBuffer>> {
    return this.store.read(key);
  }
}
