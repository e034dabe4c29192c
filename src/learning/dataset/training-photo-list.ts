import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../common/errors.ts';
import { undefinedIfMissing } from '../../registry/store/local-files.ts';
import type { Dataset } from './dataset.ts';
import type { DatasetPhoto } from './dataset-photo.ts';

/** A version's file that says which photos it was trained on. */
export const TRAINING_PHOTOS_FILE = 'training-photos.bin';

/**
 * The file: `FAPH`, format 1, bytes of a hash (8), 1 where complete else 0, a zero, the number of hashes as a 32-bit
 * little-endian number, four zeros; then the hashes, ascending, each the first 8 bytes of a photo's SHA-256. Among a
 * million photos a stranger's is mistaken for one of them once in 10^13 times.
 */
const MAGIC = 'FAPH';
const FORMAT = 1;
const HASH_BYTES = 8;
const HEADER_BYTES = 16;

/** A training-photos.bin that cannot be used; the message says why. */
export class TrainingPhotosError extends Error {
  override readonly name = 'TrainingPhotosError';
}

/** The photos that a model's weights were fitted to, by what their files hold. */
export class TrainingPhotos {
  /** False where photos that are not in the list may have had a part, as those of a parent that has no list. */
  readonly complete: boolean;
  /** Ascending, each once. */
  readonly #hashes: BigUint64Array;

  private constructor(hashes: BigUint64Array, complete: boolean) {
    this.#hashes = hashes;
    this.complete = complete;
  }

  /** @param contentHashes SHA-256 of the photos' files, one character per byte */
  static of(contentHashes: Iterable<string>, complete = true): TrainingPhotos {
    return new TrainingPhotos(ascending(Array.from(contentHashes, shortened)), complete);
  }

  /** @throws TrainingPhotosError */
  static parse(bytes: Buffer): TrainingPhotos {
    const known = bytes.length >= HEADER_BYTES && bytes.toString('latin1', 0, 4) === MAGIC;
    if (!known || bytes[4] !== FORMAT || bytes[5] !== HASH_BYTES)
      throw new TrainingPhotosError(`${TRAINING_PHOTOS_FILE} is of a form this build cannot read`);
    const count = bytes.readUInt32LE(8);
    if (bytes.length !== HEADER_BYTES + count * HASH_BYTES)
      throw new TrainingPhotosError(`${TRAINING_PHOTOS_FILE} is not as long as it says`);
    const hashes = BigUint64Array.from({ length: count }, (_, index) =>
      bytes.readBigUInt64BE(HEADER_BYTES + index * HASH_BYTES),
    );
    return new TrainingPhotos(hashes, bytes[6] === 1);
  }

  get count(): number {
    return this.#hashes.length;
  }

  /** @param contentHash SHA-256 of the photo's file, one character per byte */
  has(contentHash: string): boolean {
    const wanted = shortened(contentHash);
    let [low, high] = [0, this.#hashes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#hashes[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#hashes[low] === wanted;
  }

  /**
   * Also those that the weights were fitted to before, where training went on from them.
   * @param before undefined where nothing is known of them, which makes the list an incomplete one
   */
  with(before: TrainingPhotos | undefined): TrainingPhotos {
    if (before === undefined) return new TrainingPhotos(this.#hashes, false);
    const all = ascending([...this.#hashes, ...before.#hashes]);
    return new TrainingPhotos(all, this.complete && before.complete);
  }

  /** As the file has them. */
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

/** Those of a split of a data set. */
export function trainingPhotosOf(
  dataset: Pick<Dataset, 'hashOf'>,
  photos: readonly DatasetPhoto[],
): TrainingPhotos {
  return TrainingPhotos.of(photos.map((photo) => dataset.hashOf(photo)));
}

/**
 * Those of a version, or undefined where it does not say.
 * @param directory the version's folder
 * @throws TrainingPhotosError
 */
export async function readTrainingPhotos(directory: string): Promise<TrainingPhotos | undefined> {
  const file = path.join(directory, TRAINING_PHOTOS_FILE);
  const bytes = await readFile(file)
    .catch(undefinedIfMissing)
    .catch((error: unknown) => {
      throw new TrainingPhotosError(`${file} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    });
  return bytes && TrainingPhotos.parse(bytes);
}

function shortened(contentHash: string): bigint {
  return Buffer.from(contentHash.slice(0, HASH_BYTES), 'latin1').readBigUInt64BE();
}

function ascending(hashes: readonly bigint[]): BigUint64Array {
  return BigUint64Array.from(new Set(hashes)).sort();
}
