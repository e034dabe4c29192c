import type { Device, EngineArtifact, EngineName } from './engine.ts';

/** The options that a worker is started with. */
export interface WorkerSettings {
  engine: EngineName;
  device: 'auto' | Device;
  /** Threads of one inference; 0 leaves it to the engine. */
  threads: number;
  /** Number of workers of this kind that share the cores; 1 by default. */
  instances?: number | undefined;
  /** Index of this worker, from 0. */
  instance?: number | undefined;
}

/** The main thread numbers the models, so that a number stays valid when the worker is restarted. */
export type WorkerTask =
  | { kind: 'load'; model: number; artifact: EngineArtifact }
  | { kind: 'run'; model: number; pixels: Uint8Array; count: number }
  | { kind: 'dispose'; model: number };

/** From the main thread to the worker; the pixels' buffer is transferred. */
export interface WorkerRequest {
  id: number;
  task: WorkerTask;
}

/** Why a task failed: the device is out of memory, or anything else. */
export type FailureKind = 'out-of-memory' | 'failed';

/** From the worker to the main thread: first `ready` or `unavailable`, then one reply for each request, in order. */
export type WorkerReply =
  | { kind: 'ready'; device: Device }
  | { kind: 'unavailable'; message: string }
  | { kind: 'done'; id: number; output: Float32Array | null }
  | { kind: 'failure'; id: number; failure: FailureKind; message: string };
