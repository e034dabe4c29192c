import { SHARE_ENV, type Worker } from 'node:worker_threads';
import { backOffMs } from '../../common/back-off.ts';
import { systemClock, type Clock } from '../../common/clock.ts';
import { ServiceError, messageOf } from '../../common/errors.ts';
import { startWorkerThread } from '../../common/worker-thread.ts';
import type { EngineInstance } from './engine-instances.ts';
import type { Device, EngineArtifact, EngineModel, EngineName } from './engine.ts';
import { WorkerLink, type EngineThread } from './worker-link.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** A worker that has run this long counts as sound: its end is again the first. */
const SOUND_AFTER_MS = 30_000;
/** From the second restart on; the first one follows at once. */
const RESTART_BACK_OFF = { minMs: 250, maxMs: 30_000 };

export interface RestartFacts {
  /** Why the worker ended. */
  reason: string;
  /** 1 for the first restart of a sound worker. */
  attempt: number;
  /** The wait before the worker is started again. */
  delayMs: number;
}

export interface WorkerEngineOptions extends WorkerSettings {
  onRestart?: (facts: RestartFacts) => void;
  clock?: Clock;
  /** Default: the engine's own worker. */
  startThread?: (settings: WorkerSettings) => EngineThread;
}

/** 0, then 250 ms doubled with each attempt up to 30 s. */
export function restartDelayMs(attempt: number): number {
  return attempt === 1 ? 0 : backOffMs(attempt - 1, RESTART_BACK_OFF);
}

/**
 * An engine in one worker thread of its own, so that inference blocks nobody else.
 * A worker that ends is started again and its models are loaded again. Tasks it held are rejected at once with
 * ServiceError `inference_failed`; new ones wait for a restart under way, and are refused during a back-off.
 */
export class WorkerEngine implements EngineInstance {
  readonly name: EngineName;
  readonly device: Device;
  readonly #options: WorkerEngineOptions;
  readonly #clock: Clock;
  /** What the worker holds, and what the next one has to load. */
  readonly #artifacts = new Map<number, EngineArtifact>();
  #nextModel = 1;
  #link: WorkerLink;
  /** The link once all models are loaded; rejects with a ServiceError while there is none. */
  #up: Promise<WorkerLink>;
  #startedAtMs: number;
  #attempt = 0;
  #cancelRestart: () => void = () => undefined;
  #isUp = true;
  #closed = false;

  /** @throws EngineUnavailableError where the runtime does not load. */
  static async start(options: WorkerEngineOptions): Promise<WorkerEngine> {
    const link = new WorkerLink((options.startThread ?? startEngineThread)(options));
    try {
      return new WorkerEngine(options, link, await link.ready);
    } catch (error) {
      await link.end();
      throw error;
    }
  }

  private constructor(options: WorkerEngineOptions, link: WorkerLink, device: Device) {
    this.name = options.engine;
    this.device = device;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#startedAtMs = this.#clock.now();
    this.#link = link;
    this.#up = Promise.resolve(link);
    this.#watch(link);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  async load(artifact: EngineArtifact): Promise<EngineModel> {
    const model = this.#nextModel;
    this.#nextModel += 1;
    const link = await this.#up;
    await link.request({ kind: 'load', model, artifact });
    this.#artifacts.set(model, artifact);
    return {
      run: (pixels, count) => this.#run(model, pixels, count),
      dispose: () => this.#dispose(model),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRestart();
    await this.#link.end();
  }

  async #run(model: number, pixels: Uint8Array, count: number): Promise<Float32Array> {
    const link = await this.#up;
    const whole = ownBuffer(pixels);
    const task = { kind: 'run', model, pixels: whole, count } as const;
    const output = await link.request(task, [whole.buffer]);
    return output!;
  }

  async #dispose(model: number): Promise<void> {
    if (!this.#artifacts.delete(model)) return;
    try {
      await (await this.#up).request({ kind: 'dispose', model });
    } catch (error) {
      // A worker that has ended holds the model no more.
      if (!(error instanceof ServiceError)) throw error;
    }
  }

  #watch(link: WorkerLink): void {
    void link.ended.then((reason) => {
      if (!this.#closed) this.#restart(reason);
    });
  }

  #restart(reason: string): void {
    this.#isUp = false;
    const wasSound = this.#clock.now() - this.#startedAtMs >= SOUND_AFTER_MS;
    this.#attempt = wasSound ? 1 : this.#attempt + 1;
    const delayMs = restartDelayMs(this.#attempt);
    if (delayMs === 0) {
      this.#launch();
    } else {
      this.#setUp(Promise.reject(restarting(reason, delayMs)));
      this.#cancelRestart = this.#clock.after(delayMs, () => this.#launch());
    }
    this.#options.onRestart?.({ reason, attempt: this.#attempt, delayMs });
  }

  #launch(): void {
    this.#startedAtMs = this.#clock.now();
    this.#link = new WorkerLink((this.#options.startThread ?? startEngineThread)(this.#options));
    this.#watch(this.#link);
    this.#setUp(this.#reload(this.#link));
  }

  /** A worker that cannot load all it should is ended, to be tried again after a back-off. */
  async #reload(link: WorkerLink): Promise<WorkerLink> {
    try {
      await link.ready;
      for (const [model, artifact] of this.#artifacts) {
        await link.request({ kind: 'load', model, artifact });
      }
      this.#isUp = true;
      return link;
    } catch (error) {
      await link.end(messageOf(error));
      throw restarting(messageOf(error), 0);
    }
  }

  #setUp(up: Promise<WorkerLink>): void {
    up.catch(() => undefined);
    this.#up = up;
  }
}

/** Starts the engine's own worker. */
export function startEngineThread(settings: WorkerSettings): Worker {
  const { engine, device, threads, instances, instance } = settings;
  const workerData: WorkerSettings = { engine, device, threads, instances, instance };
  // Native libraries read the process's environment, not a worker's copy of it.
  return startWorkerThread(import.meta.url, 'worker', { workerData, env: SHARE_ENV });
}

/** Only a whole buffer can change hands; a view on a part of one is copied. */
function ownBuffer(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = pixels.byteLength === pixels.buffer.byteLength;
  return isWhole && pixels.buffer instanceof ArrayBuffer
    ? (pixels as Uint8Array<ArrayBuffer>)
    : new Uint8Array(pixels);
}

function restarting(reason: string, delayMs: number): ServiceError {
  return new ServiceError('inference_failed', 'The engine is restarting. Try again later.', {
    cause: new Error(reason),
    retryAfterSeconds: Math.max(1, Math.ceil(delayMs / 1000)),
  });
}
