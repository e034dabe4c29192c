import { createHash } from 'node:crypto';
import { ServiceError } from '../../common/errors.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { ObjectUnreadableError, type ObjectStore } from '../../registry/store/object-store.ts';
import { ShardWriter, type ShardFiles } from './shards.ts';

/** Photos of one shard to be made; plain data, since it crosses to worker threads. */
export interface ShardJob {
  /** Of the shard: the same photos give the same name. */
  name: string;
  files: ShardFiles;
  keys: string[];
  /** In the keys' order. */
  identities: string[];
}

/** Files of a job that could not be read at all; another run tries them again. */
export type MissedFiles = [key: string, reason: string][];

const IN_FLIGHT = 8;
const MAX_PIXELS = 100_000_000;

/**
 * Reads, hashes and preprocesses the photos of one shard, some at a time, and writes it. What cannot be decoded is
 * marked in the index.
 * @param onPhoto called after each photo
 * @throws StorageError where the store does not answer, CacheError where the shard cannot be written
 */
export async function buildShard(
  job: ShardJob,
  store: ObjectStore,
  spec: PreprocessSpec,
  onPhoto: () => void,
): Promise<MissedFiles> {
  const writer = new ShardWriter(job.files, job.identities, spec.width * spec.height);
  const missed: MissedFiles = [];
  try {
    await eachInFlight(job.keys, async (row, key) => {
      const reason = await addPhoto(writer, row, () => store.read(key), spec);
      if (reason !== undefined) missed.push([key, reason]);
      onPhoto();
    });
    if (missed.length < job.keys.length) writer.finish();
  } finally {
    writer.close();
  }
  return missed;
}

/** Works on some keys at a time; after a failure no other is begun, and those in flight are waited for. */
async function eachInFlight(
  keys: readonly string[],
  work: (row: number, key: string) => Promise<void>,
): Promise<void> {
  const queue = keys.entries();
  let failed = false;
  const lane = async () => {
    for (const [row, key] of queue) {
      if (failed) return;
      await work(row, key).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane));
  const failure = lanes.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}

/** @returns why the file could not be read, or undefined */
async function addPhoto(
  writer: ShardWriter,
  row: number,
  read: () => Promise<Buffer>,
  spec: PreprocessSpec,
): Promise<string | undefined> {
  try {
    const file = await read();
    const { pixels } = await preprocess(file, spec, { maxPixels: MAX_PIXELS });
    writer.writePhoto(row, pixels, createHash('sha256').update(file).digest());
  } catch (error) {
    if (error instanceof ObjectUnreadableError) return error.message;
    if (!(error instanceof ServiceError)) throw error;
    writer.markUndecodable(row, error.message);
  }
  return undefined;
}
