import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../common/errors.ts';
import { undefinedIfMissing } from '../../registry/store/local-files.ts';
import type { Dataset, DatasetPhoto } from './dataset.ts';

/** The file of a version that lists the photos it was trained on. */
export const TRAINING_PHOTOS_FILE = 'training-photos.bin';

/**
 * The file format: `FAPH`, format 1, bytes per hash (8), 1 if complete or else 0, a zero, the number of hashes as a
 * 32-bit little-endian number, four zeros; then the hashes in ascending order, each the first 8 bytes of a photo's
 * SHA-256. With a million photos, the probability that another photo is mistaken for one of them is about 10^-13.
 */
const MAGIC = 'FAPH';
const FORMAT = 1;
const HASH_BYTES = 8;
const HEADER_BYTES = 16;

/** A training-photos.bin cannot be used; the message says why. */
export class TrainingPhotosError extends Error {
  override readonly name = 'TrainingPhotosError';
}

/** The photos that a model was trained on, identified by the content of their files. */
export class TrainingPhotoList {
  /** False if the model may also know photos that are not listed, such as those of a parent without a list. */
  readonly complete: boolean;
  /** Ascending and without duplicates. */
  readonly #hashes: BigUint64Array;

  private constructor(hashes: BigUint64Array, complete: boolean) {
    this.#hashes = hashes;
    this.complete = complete;
  }

  /** @param contentHashes SHA-256 of the photos' files, one character per byte */
  static of(contentHashes: Iterable<string>, complete = true): TrainingPhotoList {
    return new TrainingPhotoList(ascending(Array.from(contentHashes, shortHash)), complete);
  }

  /** @throws TrainingPhotosError */
  static parse(bytes: Buffer): TrainingPhotoList {
    const known = bytes.length >= HEADER_BYTES && bytes.toString('latin1', 0, 4) === MAGIC;
    if (!known || bytes[4] !== FORMAT || bytes[5] !== HASH_BYTES)
      throw new TrainingPhotosError(
        `${TRAINING_PHOTOS_FILE} has a format that this build cannot read`,
      );
    const count = bytes.readUInt32LE(8);
    if (bytes.length !== HEADER_BYTES + count * HASH_BYTES)
      throw new TrainingPhotosError(
        `${TRAINING_PHOTOS_FILE} does not have the length that its header states`,
      );
    const hashes = BigUint64Array.from({ length: count }, (_, index) =>
      bytes.readBigUInt64BE(HEADER_BYTES + index * HASH_BYTES),
    );
    return new TrainingPhotoList(hashes, bytes[6] === 1);
  }

  get count(): number {
    return this.#hashes.length;
  }

  /** @param contentHash SHA-256 of the photo's file, one character per byte */
  has(contentHash: string): boolean {
    const wanted = shortHash(contentHash);
    let [low, high] = [0, this.#hashes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#hashes[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#hashes[low] === wanted;
  }

  /**
   * Adds the photos of the version that training started from.
   * @param parent undefined if they are unknown, which makes the list incomplete
   */
  with(parent: TrainingPhotoList | undefined): TrainingPhotoList {
    if (parent === undefined) return new TrainingPhotoList(this.#hashes, false);
    const all = ascending([...this.#hashes, ...parent.#hashes]);
    return new TrainingPhotoList(all, this.complete && parent.complete);
  }

  /** Serializes the list in the file format. */
  toBytes(): Buffer {
    const bytes = Buffer.alloc(HEADER_BYTES + this.count * HASH_BYTES);
    bytes.write(MAGIC, 'latin1');
    bytes.set([FORMAT, HASH_BYTES, Number(this.complete)], MAGIC.length);
    bytes.writeUInt32LE(this.count, 8);
    this.#hashes.forEach((hash, index) =>
      bytes.writeBigUInt64BE(hash, HEADER_BYTES + index * HASH_BYTES),
    );
    return bytes;
  }
}

/** The list of some photos of a dataset. */
export function trainingPhotosOf(
  dataset: Pick<Dataset, 'hashOf'>,
  photos: readonly DatasetPhoto[],
): TrainingPhotoList {
  return TrainingPhotoList.of(photos.map((photo) => dataset.hashOf(photo)));
}

/**
 * Reads the list of a version; returns undefined if it has none.
 * @param directory the version's folder
 * @throws TrainingPhotosError
 */
export async function readTrainingPhotos(
  directory: string,
): Promise<TrainingPhotoList | undefined> {
  const file = path.join(directory, TRAINING_PHOTOS_FILE);
  const bytes = await readFile(file)
    .catch(undefinedIfMissing)
    .catch((error: unknown) => {
      throw new TrainingPhotosError(`${file} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    });
  return bytes && TrainingPhotoList.parse(bytes);
}

function shortHash(contentHash: string): bigint {
  return Buffer.from(contentHash.slice(0, HASH_BYTES), 'latin1').readBigUInt64BE();
}

function ascending(hashes: readonly bigint[]): BigUint64Array {
  return BigUint64Array.from(new Set(hashes)).sort();
}
