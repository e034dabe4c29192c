import type { ChildProcess } from 'node:child_process';
import { type Clock, systemClock } from '../../../common/clock.ts';
import { ServiceError } from '../../../common/errors.ts';
import { forkOwnProgram } from '../../../common/process/own-program.ts';
import { type ProcessUsage, processUsage } from '../../../common/process/process-usage.ts';
import type { DecodedPhoto } from '../../preprocess/preprocess.ts';
import type { ReencodedPhoto } from '../../preprocess/reencode.ts';
import type { DecodeCost } from '../header/coded-picture.ts';
import type { DecodeReply, DecodeTask, ReencodeTask } from './decode-protocol.ts';

/** The part of a child process that is used. */
export interface ChildHandle {
  readonly pid?: number | undefined;
  on(event: 'message', listener: (reply: DecodeReply) => void): unknown;
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  send(task: DecodeTask | ReencodeTask): unknown;
  kill(signal: 'SIGKILL'): unknown;
}

/** Settings of a child process. */
export interface DecodeProcessOptions {
  /** Time of one core that no photo may exceed, whatever its estimate. */
  maxCpuMs: number;
  clock?: Clock;
  start?: () => ChildHandle;
  usageOf?: (pid: number) => ProcessUsage | undefined;
}

/** How often time and memory of a running child are read. */
const WATCH_EVERY_MS = 25;
/** A photo may take this many times its estimated time, as machines and codecs differ. */
const TIME_MARGIN = 4;
const LEAST_CPU_MS = 1000;
/** The same for the longest time that any photo may take. */
const OVERALL_MARGIN = 2;
/** Time by the clock relative to processor time, as other processes go first. */
const WALL_MARGIN = 3;
const MEMORY_MARGIN = 1.25;
const MEMORY_MARGIN_BYTES = 32_000_000;
/** A child that has not started by then is killed. */
const START_MS = 30_000;

/** Why a child was killed; undefined while it is not. */
type Overrun = 'time' | 'memory' | 'start';

/** What the child sends, or that it has ended. */
type Reply = DecodeReply | { kind: 'ended'; signal: string | null };

/** What a photo may take before the child is killed. */
interface Allowance {
  cpuMs: number;
  wallMs: number;
  bytes: number;
}

/**
 * One child process, which decodes one photo at a time. It is killed when a photo overruns its time or its memory.
 * Invariant: each `decode` settles, at the latest when the process has ended.
 */
export class DecodeProcess {
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildHandle;
  readonly #options: DecodeProcessOptions;
  readonly #clock: Clock;
  readonly #ready: Promise<void>;
  #isReady = false;
  #hasEnded = false;
  #overrun: Overrun | undefined;
  #settle: ((reply: Reply) => void) | undefined;

  constructor(options: DecodeProcessOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#child = (options.start ?? startDecodeChild)();
    let becomeReady: () => void;
    this.#ready = new Promise((resolve) => (becomeReady = resolve));
    const cancelStart = this.#clock.after(START_MS, () => this.#kill('start'));
    this.ended = new Promise((resolve) => {
      const end = (signal: string | null): void => {
        cancelStart();
        this.#hasEnded = true;
        becomeReady();
        this.#settle?.({ kind: 'ended', signal });
        resolve();
      };
      this.#child.on('exit', (_code, signal) => end(signal));
      this.#child.on('error', () => {
        if (this.#child.pid === undefined) end(null);
      });
    });
    this.#child.on('message', (reply) => {
      if (reply.kind !== 'ready') this.#settle?.(reply);
      else {
        cancelStart();
        this.#isReady = true;
        becomeReady();
      }
    });
  }

  /** Whether it can take another photo. */
  get isUsable(): boolean {
    return !this.#hasEnded && this.#overrun === undefined;
  }

  /** Whether it ended before it was ready. */
  get failedToStart(): boolean {
    return this.#hasEnded && !this.#isReady;
  }

  /**
   * Decodes a photo. Call it again only after it has settled.
   * @param cost the estimate, by which time and memory are limited
   * @throws ServiceError those of `decodePhoto`; `decoding_too_costly` if the photo overran a limit, `image_undecodable` if
   *   the codec crashed, `decoder_unavailable` if the process was ended from outside or did not start
   */
  async decode(task: DecodeTask, cost: DecodeCost): Promise<DecodedPhoto> {
    const reply = await this.#run(task, cost);
    if (reply.kind === 'decoded') return reply.decoded;
    throw this.#faultOf(reply);
  }

  /** Encodes a photo again, as `decode`. Throws the same, and the errors of `reencodePhoto`. */
  async reencode(task: ReencodeTask, cost: DecodeCost): Promise<ReencodedPhoto> {
    const reply = await this.#run(task, cost);
    if (reply.kind === 'reencoded') return reply.reencoded;
    throw this.#faultOf(reply);
  }

  async #run(task: DecodeTask | ReencodeTask, cost: DecodeCost): Promise<Reply> {
    await this.#ready;
    if (!this.isUsable) throw unavailable();
    return new Promise((resolve) => {
      const stopWatching = this.#watch(this.#allowanceOf(cost));
      this.#settle = (result) => {
        this.#settle = undefined;
        stopWatching();
        resolve(result);
      };
      this.#child.send(task);
    });
  }

  #faultOf(reply: Reply): ServiceError {
    if (reply.kind === 'refused') return new ServiceError(reply.code, reply.detail);
    return this.#endFault(reply.kind === 'ended' ? reply.signal : null);
  }

  /** Ends the process; a photo that it decodes is lost. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #allowanceOf({ cpuMs, memoryBytes }: DecodeCost): Allowance {
    const most = OVERALL_MARGIN * this.#options.maxCpuMs;
    const allowed = Math.min(Math.max(TIME_MARGIN * cpuMs, LEAST_CPU_MS), most);
    return {
      cpuMs: allowed,
      wallMs: WALL_MARGIN * allowed,
      bytes: MEMORY_MARGIN * memoryBytes + MEMORY_MARGIN_BYTES,
    };
  }

  /** @returns a function that ends the watch */
  #watch(allowed: Allowance): () => void {
    const usageOf = this.#options.usageOf ?? processUsage;
    const usage = (): ProcessUsage | undefined =>
      this.#child.pid === undefined ? undefined : usageOf(this.#child.pid);
    const before = usage();
    const startedAtMs = this.#clock.now();
    let cancel = (): void => undefined;
    const check = (): void => {
      const ranMs = this.#clock.now() - startedAtMs;
      const overrun = overrunOf(allowed, ranMs, before, usage());
      if (overrun === undefined) cancel = this.#clock.after(WATCH_EVERY_MS, check);
      else this.#kill(overrun);
    };
    cancel = this.#clock.after(WATCH_EVERY_MS, check);
    return () => cancel();
  }

  #kill(overrun: Overrun): void {
    this.#overrun = overrun;
    this.#child.kill('SIGKILL');
  }

  #endFault(signal: string | null): ServiceError {
    if (this.#overrun !== undefined) {
      const what = this.#overrun === 'memory' ? 'more memory' : 'longer';
      return new ServiceError(
        'decoding_too_costly',
        `Decoding the image took ${what} than its header says, so it was stopped. Send an image of another format or coding.`,
      );
    }
    if (signal === 'SIGKILL' || signal === 'SIGTERM') return unavailable();
    return new ServiceError(
      'image_undecodable',
      'The image is damaged: it made the decoder fail, which was restarted.',
    );
  }
}

/** @param now undefined where the system does not say it; then only the time by the clock counts */
function overrunOf(
  allowed: Allowance,
  ranMs: number,
  before: ProcessUsage | undefined,
  now: ProcessUsage | undefined,
): Overrun | undefined {
  if (ranMs > allowed.wallMs) return 'time';
  if (before === undefined || now === undefined) return undefined;
  if (now.cpuMs - before.cpuMs > allowed.cpuMs) return 'time';
  return now.residentBytes - before.residentBytes > allowed.bytes ? 'memory' : undefined;
}

function unavailable(): ServiceError {
  return new ServiceError(
    'decoder_unavailable',
    'The process that decodes images was ended or could not be started. Send the image again.',
    { retryAfterSeconds: 1 },
  );
}

/** glibc keeps less memory with two heaps. */
const environment = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '1' };

function startDecodeChild(): ChildProcess {
  const child = forkOwnProgram('src/inference/decoding/child/decode-child', {
    environment,
    stderr: 'ignore',
  });
  child.unref();
  child.channel?.unref();
  return child;
}
