import { createHash } from 'node:crypto';
import { ServiceError } from '../../common/errors.ts';
import { ObjectUnreadableError, type ObjectStore } from '../../registry/store/object-store.ts';
import type { StoredFace } from '../../registry/feedback/feedback-face.ts';
import type { PhotoFramer } from './face-framing.ts';
import { ShardWriter, type ShardFiles } from './shards.ts';

/** Describes a shard to build. It is plain data because it is posted to worker threads. */
export interface ShardJob {
  /** Name of the shard; the same photos always give the same name. */
  name: string;
  files: ShardFiles;
  keys: string[];
  /** In the order of the keys. */
  identities: string[];
  /** Where the faces are, in the order of the keys; by default, no face is known. */
  knownFaces?: (StoredFace | undefined)[] | undefined;
}

/** Files of a job that could not be read at all; the next run tries them again. */
export type FailedReads = [key: string, reason: string][];

const CONCURRENT_READS = 8;
/** Photos of a dataset may be larger than those that a server accepts. */
export const DATASET_LIMITS = { maxPixels: 100_000_000 };

/**
 * Reads, hashes, and preprocesses the photos of one shard, several at a time, and writes the shard. Photos that cannot
 * be decoded are marked in the index; where faces are searched, it also holds what is known of each face.
 * @param onPhoto called after each photo
 * @throws StorageError if the store does not respond, CacheError if the shard cannot be written
 */
export async function buildShard(
  job: ShardJob,
  store: ObjectStore,
  framer: Pick<PhotoFramer, 'frame' | 'pictureLength'>,
  onPhoto: () => void,
): Promise<FailedReads> {
  const writer = new ShardWriter(job.files, job.identities, framer.pictureLength);
  const failedReads: FailedReads = [];
  try {
    await forEachConcurrently(job.keys, async (row, key) => {
      const frame = (file: Buffer) => framer.frame(file, job.knownFaces?.[row]);
      const reason = await addPhoto(writer, row, () => store.read(key), frame);
      if (reason !== undefined) failedReads.push([key, reason]);
      onPhoto();
    });
    if (failedReads.length < job.keys.length) writer.finish();
  } finally {
    writer.close();
  }
  return failedReads;
}

/** Processes several keys at a time. After a failure it starts no further key, but waits for those in progress. */
async function forEachConcurrently(
  keys: readonly string[],
  work: (row: number, key: string) => Promise<void>,
): Promise<void> {
  const queue = keys.entries();
  let failed = false;
  const worker = async () => {
    for (const [row, key] of queue) {
      if (failed) return;
      await work(row, key).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: CONCURRENT_READS }, worker));
  const failure = outcomes.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}

/** @returns why the file could not be read, or undefined if it could */
async function addPhoto(
  writer: ShardWriter,
  row: number,
  read: () => Promise<Buffer>,
  frame: (file: Buffer) => ReturnType<PhotoFramer['frame']>,
): Promise<string | undefined> {
  try {
    const file = await read();
    const { pixels, face } = await frame(file);
    writer.writePhoto(row, pixels, createHash('sha256').update(file).digest());
    if (face !== undefined) writer.writeFace(row, face);
  } catch (error) {
    if (error instanceof ObjectUnreadableError) return error.message;
    if (!(error instanceof ServiceError)) throw error;
    writer.markUndecodable(row, error.message);
  }
  return undefined;
}
