import type { ObjectStore } from '../../registry/store/object-store.ts';
import type { DatasetPhoto, HashAt, PhotoShard } from './dataset-photo.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LabelLayout } from './label-layout.ts';
import type { UnreadablePhoto } from './unreadable.ts';

/** What became of the photos of a data set; `photos` is the sum of all but `unlabelled` and `inTwoSplits`. */
export interface DatasetCounts extends Record<string, number> {
  /** With a label. */
  photos: number;
  unlabelled: number;
  unreadable: number;
  /** Copies left out beside the one that is kept. */
  merged: number;
  /** Left out because byte-identical photos have other ages. */
  contradictory: number;
  /** Kept in one split though the source has them in two. */
  inTwoSplits: number;
}

interface DatasetParts {
  store: ObjectStore;
  layout: LabelLayout;
  /** Of photos, pixels. */
  side: number;
  shards: readonly PhotoShard[];
  photos: readonly DatasetPhoto[];
  unreadable: readonly UnreadablePhoto[];
  /** Without the splits'. */
  counts: DatasetCounts;
  hashAt: HashAt;
  otherFiles: ReadonlySet<string>;
}

/** A labelled set of photos: each content once, in one split, its pixels at hand. */
export class Dataset {
  readonly store: ObjectStore;
  readonly layout: LabelLayout;
  readonly side: number;
  readonly shards: readonly PhotoShard[];
  /** By key. */
  readonly photos: readonly DatasetPhoto[];
  readonly unreadable: readonly UnreadablePhoto[];
  /** Also the number of photos of each split, by its name. */
  readonly counts: DatasetCounts;
  readonly fingerprint: string;
  /** Keys of files that are no photos, such as `labels.csv`. */
  readonly otherFiles: ReadonlySet<string>;
  readonly #hashAt: HashAt;

  constructor({ hashAt, ...parts }: DatasetParts) {
    this.store = parts.store;
    this.layout = parts.layout;
    this.side = parts.side;
    this.shards = parts.shards;
    this.photos = parts.photos;
    this.unreadable = parts.unreadable;
    this.otherFiles = parts.otherFiles;
    this.counts = { ...parts.counts };
    for (const { split } of parts.photos) this.counts[split] = (this.counts[split] ?? 0) + 1;
    this.#hashAt = hashAt;
    this.fingerprint = this.fingerprintOf(parts.photos);
  }

  /** For people: an absolute path or `s3://bucket/prefix`. */
  get location(): string {
    return this.store.location;
  }

  photosOf(split: string): DatasetPhoto[] {
    return this.photos.filter((photo) => photo.split === split);
  }

  /** The SHA-256 of a photo's file, one character per byte. */
  hashOf({ place }: Pick<DatasetPhoto, 'place'>): string {
    return this.#hashAt(place);
  }

  /** As the data set's, of some of its photos. */
  fingerprintOf(photos: readonly DatasetPhoto[]): string {
    return fingerprintOf(photos, this.#hashAt);
  }

  /** The bytes of a photo's file. */
  fileOf({ key }: DatasetPhoto): Promise<Buffer<ArrayBuffer>> {
    return this.store.read(key);
  }
}
