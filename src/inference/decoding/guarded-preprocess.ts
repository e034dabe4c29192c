import { availableParallelism } from 'node:os';
import type { CancelSignal } from '../../common/cancellation.ts';
import { type Clock, systemClock } from '../../common/clock.ts';
import { countScans, readJpegHeader, type JpegHeader } from '../preprocess/format/jpeg-header.ts';
import {
  checkPixels,
  decodePhoto,
  type DecodedPhoto,
  type PhotoCrop,
  preprocessQuickly,
  resampleDecoded,
} from '../preprocess/preprocess.ts';
import {
  reencodePhoto,
  type ReencodedPhoto,
  type ReencodeOptions,
} from '../preprocess/reencode.ts';
import type { PictureSpec, PreprocessedPhoto, PreprocessLimits } from '../preprocess/spec.ts';
import { DecodePool } from './child/decode-pool.ts';
import { type BudgetUse, DecodeBudget } from './decode-budget.ts';
import type { DecodePlace } from './decode-queue.ts';
import { detailOf, type DecodeCost } from './header/coded-picture.ts';
import { readHeader } from './header/read-header.ts';

export interface GuardedPreprocessOptions {
  /** Memory for all decoding at the same time. */
  memoryBytes: number;
  /** Estimated time above which a photo is refused. */
  maxCpuMs: number;
  /** How long a request waits for its answer. */
  deadlineMs: number;
  /** Expensive photos at the same time. Default: one core fewer than there are, at most four. */
  workers?: number;
  clock?: Clock;
  onBudget?: (use: BudgetUse) => void;
  pool?: Pick<DecodePool, 'decode' | 'reencode' | 'close'>;
}

/** The most memory that a JPEG may take in this process. */
const PLAIN_MAX_BYTES = 48_000_000;
/** Progressive JPEGs of cameras and editors have 6 to 12 scans. */
const PLAIN_MAX_SCANS = 16;
const MAX_WORKERS = 4;
/** The rest of a request's time is for reading, decoding and inference. */
const WAIT_SHARE = 0.8;

/** Estimated time of the photos that may go before one, and of all photos of a request. */
export function longestWaitMs(deadlineMs: number): number {
  return deadlineMs * WAIT_SHARE;
}

/**
 * `preprocess` for photos of strangers: with the same pixels, but within budgets of memory and time. Plain JPEGs are decoded in
 * this process, everything else in a child process that is killed if it takes more than its header promised.
 */
export class GuardedPreprocess {
  readonly #budget: DecodeBudget;
  readonly #pool: Pick<DecodePool, 'decode' | 'reencode' | 'close'>;
  readonly #timeoutSeconds: number;

  constructor(options: GuardedPreprocessOptions) {
    const { memoryBytes, maxCpuMs, deadlineMs, clock = systemClock, onBudget } = options;
    const workers =
      options.workers ?? Math.min(MAX_WORKERS, Math.max(1, availableParallelism() - 1));
    this.#budget = new DecodeBudget({
      ...{ memoryBytes, maxCpuMs, workers, clock, maxWaitMs: longestWaitMs(deadlineMs) },
      ...(onBudget === undefined ? {} : { onChange: onBudget }),
    });
    this.#pool = options.pool ?? new DecodePool({ maxCpuMs, clock });
    this.#timeoutSeconds = Math.ceil((2 * maxCpuMs) / 1000);
  }

  /**
   * Preprocesses a photo as `preprocess` does. Rejects as soon as the signal is aborted; what is being decoded then keeps its
   * share of the budgets until it has ended.
   * @throws ServiceError those of `preprocess`; `decoding_too_costly`, `queue_full` or `decoder_unavailable`
   */
  async preprocess(
    bytes: Uint8Array,
    spec: PictureSpec,
    limits: PreprocessLimits,
    crop?: PhotoCrop,
    signal?: CancelSignal,
  ): Promise<PreprocessedPhoto> {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const quick = preprocessQuickly(file, spec, limits, crop);
    if (quick !== undefined) return quick;
    const jpeg = readJpegHeader(file);
    const header = readHeader(file, {
      jpeg,
      detail: detailOf(spec.fit === 'inside', crop !== undefined),
    });
    checkPixels(header, limits);
    const { cost } = header;
    const place: DecodePlace = isPlain(file, jpeg, cost) ? 'pool' : 'child';
    const release = await this.#budget.acquire(cost, place, signal);
    const within = { ...limits, timeoutSeconds: this.#timeoutSeconds };
    const work = this.#decode(place, cost, { file, spec, limits: within, crop }).finally(release);
    return resampleDecoded(await unlessAborted(work, signal), spec);
  }

  /**
   * Encodes a photo again, as `reencodePhoto` does, within the same budgets.
   * @throws ServiceError those of `reencodePhoto`; `decoding_too_costly`, `queue_full` or `decoder_unavailable`
   */
  async reencode(
    bytes: Uint8Array,
    reencode: ReencodeOptions,
    limits: PreprocessLimits,
    signal?: CancelSignal,
  ): Promise<ReencodedPhoto> {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const jpeg = readJpegHeader(file);
    const header = readHeader(file, { jpeg, detail: 'full' });
    checkPixels(header, limits);
    const { cost } = header;
    const place: DecodePlace = isPlain(file, jpeg, cost) ? 'pool' : 'child';
    const release = await this.#budget.acquire(cost, place, signal);
    const within = { ...limits, timeoutSeconds: this.#timeoutSeconds };
    const work =
      place === 'pool'
        ? reencodePhoto(file, reencode, within)
        : this.#pool.reencode({ file, reencode, limits: within }, cost);
    return unlessAborted(work.finally(release), signal);
  }

  /** Ends the child processes. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #decode(
    place: DecodePlace,
    cost: DecodeCost,
    task: Parameters<DecodePool['decode']>[0] & { file: Buffer },
  ): Promise<DecodedPhoto> {
    const { file, spec, limits, crop } = task;
    if (place === 'pool') return decodePhoto(file, spec, limits, crop);
    return this.#pool.decode(task, cost);
  }
}

/** Whether a JPEG is of the kinds that cameras write, whose decoder has been tested most. */
function isPlain(file: Buffer, jpeg: JpegHeader | undefined, cost: DecodeCost): boolean {
  if (jpeg === undefined) return false;
  const { precision, components, process } = jpeg;
  return (
    precision === 8 &&
    (components === 1 || components === 3) &&
    process !== 'other' &&
    cost.memoryBytes <= PLAIN_MAX_BYTES &&
    countScans(file, jpeg, PLAIN_MAX_SCANS + 1) <= PLAIN_MAX_SCANS
  );
}

/** Rejects with the signal's reason when it is aborted; the work goes on. */
function unlessAborted<Result>(
  work: Promise<Result>,
  signal: CancelSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
