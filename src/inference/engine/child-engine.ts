import type { Clock } from '../../common/clock.ts';
import { systemClock } from '../../common/clock.ts';
import { ChildThread } from './child-thread.ts';
import type { Device, Engine, EngineArtifact, EngineModel, EngineName } from './engine.ts';
import { WorkerLink, type EngineThread } from './worker-link.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** The start executes only code of this project, which takes seconds where the machine is busy. */
const START_MAX_MS = 60_000;

export interface ChildEngineOptions {
  settings: WorkerSettings;
  /** Longest time of each task. */
  taskMs: number;
  /** Most resident memory; checked on Linux only. */
  memoryMaxBytes: number;
  clock?: Clock;
  /** Default: a child process. */
  startThread?: (settings: WorkerSettings, memoryMaxBytes: number) => EngineThread;
}

/** A graph hangs, crashes or needs too much memory, so that it must not run in this process; the message says which. */
export class HostileGraphError extends Error {
  override readonly name = 'HostileGraphError';
}

/**
 * An engine in a child process with limits of time and memory, for graphs that nobody has run yet. When a limit is
 * exceeded or the process ends, pending and later tasks reject with HostileGraphError.
 */
export class ChildEngine implements Engine {
  readonly name: EngineName;
  readonly device: Device;
  readonly #link: WorkerLink;
  readonly #taskMs: number;
  /** Why the process has ended. */
  #end: string | undefined;
  #nextModel = 1;

  /** @throws EngineUnavailableError if the runtime does not load, or not within a minute */
  static async start(options: ChildEngineOptions): Promise<ChildEngine> {
    const { settings, memoryMaxBytes, taskMs, clock = systemClock } = options;
    const startThread =
      options.startThread ??
      ((...args: [WorkerSettings, number]): EngineThread => new ChildThread(...args));
    const link = new WorkerLink(startThread(settings, memoryMaxBytes), { clock });
    const cancel = clock.after(START_MAX_MS, () => void link.end('it did not start in time'));
    try {
      return new ChildEngine(link, settings.engine, await link.ready, taskMs);
    } catch (error) {
      await link.end();
      throw error;
    } finally {
      cancel();
    }
  }

  private constructor(link: WorkerLink, name: EngineName, device: Device, taskMs: number) {
    this.#link = link;
    this.name = name;
    this.device = device;
    this.#taskMs = taskMs;
    void link.ended.then((reason) => (this.#end ??= reason));
  }

  async load(artifact: EngineArtifact): Promise<EngineModel> {
    const model = this.#nextModel;
    this.#nextModel += 1;
    await this.#request({ kind: 'load', model, artifact });
    return {
      run: async (pixels, count) => (await this.#request({ kind: 'run', model, pixels, count }))!,
      dispose: async () => {
        await this.#request({ kind: 'dispose', model }).catch(() => undefined);
      },
    };
  }

  /** Kills the process; pending tasks reject with the reason. */
  async close(reason?: string): Promise<void> {
    this.#end ??= reason;
    await this.#link.end(reason);
  }

  async #request(task: Parameters<WorkerLink['request']>[0]): Promise<Float32Array | null> {
    try {
      return await this.#link.request(task, this.#taskMs);
    } catch (error) {
      const reason = this.#link.overrun?.message ?? this.#end;
      if (reason === undefined) throw error;
      // Without a cause: an overrun of the child's is none of this process's.
      throw new HostileGraphError(reason);
    }
  }
}
