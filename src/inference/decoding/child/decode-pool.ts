import { backOffMs } from '../../../common/back-off.ts';
import { type Clock, systemClock } from '../../../common/clock.ts';
import { ServiceError } from '../../../common/errors.ts';
import type { DecodedPhoto } from '../../preprocess/preprocess.ts';
import type { ReencodedPhoto } from '../../preprocess/reencode.ts';
import type { DecodeCost } from '../header/coded-picture.ts';
import { DecodeProcess, type DecodeProcessOptions } from './decode-process.ts';
import type { DecodeTask, ReencodeTask } from './decode-protocol.ts';

export interface DecodePoolOptions extends DecodeProcessOptions {
  /** A process that has had nothing to do for this long is ended. Default: five minutes. */
  idleMs?: number;
}

const IDLE_MS = 300_000;
const startBackOff = { minMs: 1000, maxMs: 60_000 };

interface Idle {
  process: DecodeProcess;
  cancel: () => void;
}

/**
 * Child processes that decode photos. They start with the first photo that needs one, stay for the next, and end when idle.
 * How many run at the same time is up to the caller: each call of `decode` has a process of its own.
 */
export class DecodePool {
  readonly #options: DecodePoolOptions;
  readonly #clock: Clock;
  readonly #idle: Idle[] = [];
  readonly #all = new Set<DecodeProcess>();
  #startFailures = 0;
  #startAgainAtMs = -Infinity;
  #isClosed = false;

  constructor(options: DecodePoolOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Decodes a photo in a process of its own and settles when the native work has ended.
   * @throws ServiceError as `DecodeProcess.decode`
   */
  decode(task: DecodeTask, cost: DecodeCost): Promise<DecodedPhoto> {
    return this.#inProcess((process) => process.decode(task, cost));
  }

  /** As `decode`, but encodes the photo again. Throws as `DecodeProcess.reencode`. */
  reencode(task: ReencodeTask, cost: DecodeCost): Promise<ReencodedPhoto> {
    return this.#inProcess((process) => process.reencode(task, cost));
  }

  async #inProcess<Result>(work: (process: DecodeProcess) => Promise<Result>): Promise<Result> {
    const process = this.#idleProcess() ?? this.#start();
    try {
      return await work(process);
    } finally {
      this.#putBack(process);
    }
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { cancel } of this.#idle.splice(0)) cancel();
    await Promise.all([...this.#all].map((process) => process.close()));
  }

  #idleProcess(): DecodeProcess | undefined {
    const idle = this.#idle.pop();
    idle?.cancel();
    return idle === undefined || idle.process.isUsable ? idle?.process : this.#idleProcess();
  }

  #start(): DecodeProcess {
    const waitMs = this.#startAgainAtMs - this.#clock.now();
    if (waitMs > 0 || this.#isClosed) throw notStarted(waitMs);
    const process = new DecodeProcess(this.#options);
    this.#all.add(process);
    void process.ended.then(() => this.#noteEnd(process));
    return process;
  }

  /** Only a process that never became ready delays the next start: a photo that had one killed must not harm others. */
  #noteEnd(process: DecodeProcess): void {
    this.#all.delete(process);
    this.#startFailures = process.failedToStart ? this.#startFailures + 1 : 0;
    if (this.#startFailures > 0)
      this.#startAgainAtMs = this.#clock.now() + backOffMs(this.#startFailures, startBackOff);
  }

  #putBack(process: DecodeProcess): void {
    if (!process.isUsable) return;
    if (this.#isClosed) {
      void process.close();
      return;
    }
    const { idleMs = IDLE_MS } = this.#options;
    const entry: Idle = { process, cancel: () => undefined };
    entry.cancel = this.#clock.after(idleMs, () => {
      this.#idle.splice(this.#idle.indexOf(entry), 1);
      void process.close();
    });
    this.#idle.push(entry);
  }
}

function notStarted(waitMs: number): ServiceError {
  return new ServiceError(
    'decoder_unavailable',
    'The process that decodes images cannot be started. The log of the server says why.',
    { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) },
  );
}
