import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startWorkerThread } from '../../common/worker-thread.ts';
import { drawFaceJpeg } from '../../drawing/draw-face.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { type MissedFiles, type ShardJob, buildShard } from './build-shard.ts';
import { INDEX, PIXELS, type PhotoCache } from './photo-cache.ts';
import type { ShardReply, ShardWorkerData } from './shard-worker.ts';

/** To be raised when the files of a cache change their form. */
const FORMAT = 1;

/** One for each way through preprocessing: libjpeg's luma, and sharp at a quality that it is kept for. */
const QUALITIES = [80, 95];

/**
 * The folder of the photos of one location under one preprocessing. What drawn faces come out as is part of its
 * name, so that a change in the code or the codecs makes a new one, just as a change in the spec does.
 */
export async function cacheFolder(
  root: string,
  location: string,
  spec: PreprocessSpec,
): Promise<string> {
  const name = createHash('sha256').update(JSON.stringify({ FORMAT, location, spec }));
  for (const quality of QUALITIES) {
    const drawing = drawFaceJpeg({ age: 34, seed: 1 }, quality);
    name.update((await preprocess(drawing, spec, { maxPixels: 1_000_000 })).pixels);
  }
  return path.join(root, name.digest('hex').slice(0, 20));
}

/** Builds shards, one at a time. */
export interface ShardBuilder {
  /** @param onPhotos told how many more photos are done */
  build(job: ShardJob, onPhotos: (count: number) => void): Promise<MissedFiles>;
  close(): Promise<void>;
}

/** Builds them on a thread; an error of its StorageError or CacheError keeps only its message. */
export class ShardThread implements ShardBuilder {
  readonly #worker: Worker;

  constructor(workerData: ShardWorkerData) {
    this.#worker = startWorkerThread(import.meta.url, 'shard-worker', { workerData });
  }

  async build(job: ShardJob, onPhotos: (count: number) => void): Promise<MissedFiles> {
    const replies = on(this.#worker, 'message', { close: ['exit'] });
    this.#worker.postMessage(job);
    for await (const [reply] of replies as AsyncIterable<[ShardReply]>) {
      if (reply.kind === 'done') return reply.missed;
      onPhotos(reply.count);
    }
    throw new Error(`the thread that built ${job.name} ended early`);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A file that has to be preprocessed. */
export interface PendingFile {
  key: string;
  identity: string;
}

export interface FillOptions {
  source: StoreAddress;
  spec: PreprocessSpec;
  /** Default: 4096. */
  photosPerShard?: number;
  onProgress: (photosDone: number, photosInAll: number) => void;
}

/** About two seconds' work, 59 MB at 120 × 120, and a few hundred open files for a million photos. */
const PHOTOS_PER_SHARD = 4096;

/** Preprocesses files into a cache, a shard on each core at a time. Shards that are done stay when one fails. */
export async function fillCache(
  cache: PhotoCache,
  pending: readonly PendingFile[],
  { source, spec, onProgress, photosPerShard = PHOTOS_PER_SHARD }: FillOptions,
): Promise<MissedFiles> {
  const missed: MissedFiles = [];
  const jobs = jobsOf(cache, pending, photosPerShard);
  let photosDone = 0;
  const onPhotos = (count: number) => onProgress((photosDone += count), pending.length);
  const threads = Math.min(availableParallelism(), Math.ceil(pending.length / photosPerShard));
  const work = async () => {
    const builder =
      threads > 1 ? new ShardThread({ source, spec }) : await onThisThread(source, spec);
    try {
      for (const job of jobs) {
        missed.push(...(await builder.build(job, onPhotos)));
        await cache.load(job.name);
      }
    } finally {
      await builder.close();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return missed;
}

/** A thread takes about a second to start; where there is one shard to build, it would save nothing. */
async function onThisThread(source: StoreAddress, spec: PreprocessSpec): Promise<ShardBuilder> {
  const store = await openStore(source);
  return {
    build: (job, onPhotos) => buildShard(job, store, spec, () => onPhotos(1)),
    close: () => Promise.resolve(),
  };
}

function* jobsOf(
  cache: PhotoCache,
  pending: readonly PendingFile[],
  photosPerShard: number,
): Generator<ShardJob> {
  for (let first = 0; first < pending.length; first += photosPerShard) {
    const photos = pending.slice(first, first + photosPerShard);
    const identities = photos.map(({ identity }) => identity);
    const name = createHash('sha256')
      .update(identities.join(''), 'latin1')
      .digest('hex')
      .slice(0, 20);
    const files = { pixels: cache.fileOf(name, PIXELS), index: cache.fileOf(name, INDEX) };
    yield { name, files, keys: photos.map(({ key }) => key), identities };
  }
}
