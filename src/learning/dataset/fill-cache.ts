import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startWorkerThread } from '../../common/process/worker-thread.ts';
import { drawFaceJpeg } from '../../drawing/draw-face.ts';
import { FINDER_VERSION } from '../../inference/face-search.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import type { StoredFace } from '../../registry/feedback/feedback-face.ts';
import { openStore, type StoreAddress } from '../../registry/store/open-store.ts';
import { buildShard, DATASET_LIMITS, type FailedReads, type ShardJob } from './build-shard.ts';
import { openFramer, type FaceFraming } from './face-framing.ts';
import { storedSideOf } from './surroundings.ts';
import { INDEX, PIXELS, type PhotoCache } from './photo-cache.ts';
import type { ShardReply, ShardWorkerData } from './shard-worker.ts';

/** Increment when the file format of the cache changes. */
const FORMAT = 1;

/** JPEG qualities that exercise both decoders of the preprocessing: the luma path of libjpeg, and sharp. */
const QUALITIES = [80, 95];

/**
 * Returns the cache folder for one location, one preprocessing spec and one way to find and align faces. Its name includes a hash of preprocessed drawn
 * faces, so that a change in the code or the codecs leads to a new folder, just as a change in the spec does.
 */
export async function cacheFolder(
  root: string,
  location: string,
  spec: PreprocessSpec,
  framing?: FaceFraming,
): Promise<string> {
  const framed = framing && {
    finder: FINDER_VERSION,
    detector: framing.detectorSha256,
    points: framing.points,
    ...(framing.surroundings === true && { surroundings: storedSideOf(spec.width) }),
  };
  const identity = JSON.stringify({ FORMAT, location, spec, framed });
  const name = createHash('sha256').update(identity);
  for (const quality of QUALITIES) {
    const drawing = drawFaceJpeg({ age: 34, seed: 1 }, quality);
    name.update((await preprocess(drawing, spec, { maxPixels: 1_000_000 })).pixels);
  }
  return path.join(root, name.digest('hex').slice(0, 20));
}

/** Builds one shard at a time. */
export interface ShardBuilder {
  /** @param onPhotos receives the number of photos completed since its last call */
  build(job: ShardJob, onPhotos: (count: number) => void): Promise<FailedReads>;
  close(): Promise<void>;
}

/** Builds shards on a worker thread. A StorageError or CacheError of the thread arrives with its message only. */
export class ShardThread implements ShardBuilder {
  readonly #worker: Worker;

  constructor(workerData: ShardWorkerData) {
    this.#worker = startWorkerThread(import.meta.url, 'shard-worker', { workerData });
  }

  async build(job: ShardJob, onPhotos: (count: number) => void): Promise<FailedReads> {
    const replies = on(this.#worker, 'message', { close: ['exit'] });
    this.#worker.postMessage(job);
    for await (const [reply] of replies as AsyncIterable<[ShardReply]>) {
      if (reply.kind === 'done') return reply.failedReads;
      onPhotos(reply.count);
    }
    throw new Error(`the worker thread exited while it was building shard ${job.name}`);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A file that is not in the cache yet. */
export interface PendingFile {
  key: string;
  identity: string;
  knownFace?: StoredFace | undefined;
}

export interface FillOptions {
  source: StoreAddress;
  spec: PreprocessSpec;
  /** How faces are found and aligned; by default each photo is taken for the framed face. */
  framing?: FaceFraming | undefined;
  /** Default: 4096; with framing fewer, because finding a face takes longer. */
  photosPerShard?: number;
  onProgress: (photosDone: number, totalPhotos: number) => void;
}

/** Takes about two seconds to build, uses 59 MB at 120 × 120, and means a few hundred open files for a million photos. */
const PHOTOS_PER_SHARD = 4096;
/** Takes about as long. */
const FACES_PER_SHARD = 1024;

/** Preprocesses files into the cache, building one shard per core at a time. If one fails, completed shards are kept. */
export async function fillCache(
  cache: PhotoCache,
  pending: readonly PendingFile[],
  options: FillOptions,
): Promise<FailedReads> {
  const { source, spec, framing, onProgress } = options;
  const photosPerShard =
    options.photosPerShard ?? (framing === undefined ? PHOTOS_PER_SHARD : FACES_PER_SHARD);
  const failedReads: FailedReads = [];
  const jobs = jobsOf(cache, pending, photosPerShard);
  let photosDone = 0;
  const onPhotos = (count: number) => onProgress((photosDone += count), pending.length);
  const threads = Math.min(availableParallelism(), Math.ceil(pending.length / photosPerShard));
  const buildShards = async () => {
    const data = { source, spec, framing };
    const builder = threads > 1 ? new ShardThread(data) : await inlineBuilder(data);
    try {
      for (const job of jobs) {
        failedReads.push(...(await builder.build(job, onPhotos)));
        await cache.load(job.name);
      }
    } finally {
      await builder.close();
    }
  };
  await Promise.all(Array.from({ length: threads }, buildShards));
  return failedReads;
}

/** Starting a thread takes about a second, which does not pay off for a single shard. */
async function inlineBuilder({ source, spec, framing }: ShardWorkerData): Promise<ShardBuilder> {
  const store = await openStore(source);
  const framer = await openFramer(spec, DATASET_LIMITS, framing);
  return {
    build: (job, onPhotos) => buildShard(job, store, framer, () => onPhotos(1)),
    close: () => framer.close(),
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
    const knownFaces = photos.map(({ knownFace }) => knownFace);
    yield { name, files, keys: photos.map(({ key }) => key), identities, knownFaces };
  }
}
