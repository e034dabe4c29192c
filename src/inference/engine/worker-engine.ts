import { SHARE_ENV, type Worker } from 'node:worker_threads';
import { backOffMs } from '../../common/back-off.ts';
import { systemClock, type Clock } from '../../common/clock.ts';
import { ServiceError, messageOf } from '../../common/errors.ts';
import { startWorkerThread } from '../../common/process/worker-thread.ts';
import type { EngineInstance } from './engine-instances.ts';
import type { Device, EngineArtifact, EngineModel, EngineName } from './engine.ts';
import { defaultTaskLimits, type TaskLimits } from './task-watch.ts';
import { WorkerLink, type EngineThread, type OverrunFacts } from './worker-link.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** A worker that has run this long is stable: its next failure counts as the first one. */
const STABLE_AFTER_MS = 30_000;
/** From the second restart on; the first one follows at once. */
const RESTART_BACK_OFF = { minMs: 250, maxMs: 30_000 };

export interface RestartFacts {
  /** Why the worker ended. */
  reason: string;
  /** 1 for the first restart of a stable worker. */
  attempt: number;
  /** The wait before the worker is started again. */
  delayMs: number;
}

export interface WorkerEngineOptions extends WorkerSettings {
  onRestart?: (facts: RestartFacts) => void;
  /** Called once, when a task exceeded its limit. The engine is down from then on, and the process should end. */
  onOverrun?: (facts: OverrunFacts) => void;
  limits?: TaskLimits;
  clock?: Clock;
  /** Default: the engine's own worker. */
  startThread?: (settings: WorkerSettings) => EngineThread;
}

/** 0, then 250 ms doubled with each attempt up to 30 s. */
export function restartDelayMs(attempt: number): number {
  return attempt === 1 ? 0 : backOffMs(attempt - 1, RESTART_BACK_OFF);
}

/**
 * An engine in its own worker thread, so that inference does not block the event loop.
 * A worker that ends is restarted and its models are reloaded. Its pending tasks are rejected at once with ServiceError
 * `inference_failed`; new tasks wait while a restart is in progress and are refused during back-off. A worker whose task
 * exceeds its limit is abandoned and not replaced, because its native code keeps running.
 */
export class WorkerEngine implements EngineInstance {
  readonly name: EngineName;
  readonly device: Device;
  readonly #options: WorkerEngineOptions;
  readonly #clock: Clock;
  readonly #limits: TaskLimits;
  /** The models that the worker holds and that its successor must load. */
  readonly #artifacts = new Map<number, EngineArtifact>();
  /** The batch sizes that each model has been run with in the current worker. */
  readonly #plannedSizes = new Map<number, Set<number>>();
  #nextModel = 1;
  #link: WorkerLink;
  /** Resolves with the link once all models are loaded; rejects with a ServiceError during back-off. */
  #up: Promise<WorkerLink>;
  #startedAtMs: number;
  #attempt = 0;
  #cancelRestart: () => void = () => undefined;
  #isUp = true;
  #closed = false;

  /** @throws EngineUnavailableError if the runtime does not load */
  static async start(options: WorkerEngineOptions): Promise<WorkerEngine> {
    const link = startLink(options);
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
    this.#limits = options.limits ?? defaultTaskLimits;
    this.#startedAtMs = this.#clock.now();
    this.#link = link;
    this.#up = Promise.resolve(link);
    this.#watch(link);
  }

  get isUp(): boolean {
    return this.#isUp && !this.#link.isAbandoned;
  }

  async load(artifact: EngineArtifact): Promise<EngineModel> {
    const model = this.#nextModel;
    this.#nextModel += 1;
    const link = await this.#up;
    await this.#loadInto(link, model, artifact);
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
    const owned = ownBuffer(pixels);
    const task = { kind: 'run', model, pixels: owned, count } as const;
    const sizes = this.#plannedSizes.get(model);
    const isPlanned = sizes?.has(count) ?? false;
    const limitMs = isPlanned ? this.#limits.runMs : this.#limits.loadMs;
    const output = await link.request(task, limitMs, [owned.buffer]);
    if (!isPlanned) sizes?.add(count);
    return output!;
  }

  async #loadInto(link: WorkerLink, model: number, artifact: EngineArtifact): Promise<void> {
    await link.request({ kind: 'load', model, artifact }, this.#limits.loadMs);
    this.#plannedSizes.set(model, new Set());
  }

  async #dispose(model: number): Promise<void> {
    if (!this.#artifacts.delete(model)) return;
    this.#plannedSizes.delete(model);
    try {
      await (await this.#up).request({ kind: 'dispose', model }, this.#limits.loadMs);
    } catch (error) {
      // A worker that has ended no longer holds the model.
      if (!(error instanceof ServiceError)) throw error;
    }
  }

  #watch(link: WorkerLink): void {
    void link.ended.then((reason) => {
      if (!this.#closed && !link.isAbandoned) this.#restart(reason);
    });
  }

  #restart(reason: string): void {
    this.#isUp = false;
    const wasStable = this.#clock.now() - this.#startedAtMs >= STABLE_AFTER_MS;
    this.#attempt = wasStable ? 1 : this.#attempt + 1;
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
    this.#link = startLink(this.#options);
    this.#watch(this.#link);
    this.#setUp(this.#reload(this.#link));
  }

  /** Ends a worker that cannot load all models, so that it is restarted after a back-off. */
  async #reload(link: WorkerLink): Promise<WorkerLink> {
    try {
      await link.ready;
      for (const [model, artifact] of this.#artifacts) {
        await this.#loadInto(link, model, artifact);
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

function startLink(options: WorkerEngineOptions): WorkerLink {
  const { startThread = startEngineThread, clock, onOverrun } = options;
  return new WorkerLink(startThread(options), {
    ...(clock !== undefined && { clock }),
    ...(onOverrun !== undefined && { onOverrun }),
  });
}

/** Starts the engine's worker thread. */
export function startEngineThread(settings: WorkerSettings): Worker {
  const { engine, device, threads, instances, instance } = settings;
  const workerData: WorkerSettings = { engine, device, threads, instances, instance };
  // Native libraries read the environment of the process, not a worker's copy of it.
  return startWorkerThread(import.meta.url, 'worker', { workerData, env: SHARE_ENV });
}

/** Only a whole buffer can be transferred; a view of a part is copied. */
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
