import type { Device, EngineArtifact, EngineName } from './engine.ts';

/** What the worker is started with. */
export interface WorkerSettings {
  engine: EngineName;
  device: 'auto' | Device;
  /** Threads of one inference; 0 leaves it to the engine. */
  threads: number;
  /** Workers of this kind that share the cores; 1 where it is left out. */
  instances?: number | undefined;
  /** Which of them, from 0. */
  instance?: number | undefined;
}

/** Models are named by the main thread, so that a name outlives the worker. */
export type WorkerTask =
  | { kind: 'load'; model: number; artifact: EngineArtifact }
  | { kind: 'run'; model: number; pixels: Uint8Array; count: number }
  | { kind: 'dispose'; model: number };

/** Main thread to worker. The pixels' buffer is transferred. */
export interface WorkerRequest {
  id: number;
  task: WorkerTask;
}

/** Why a task failed: the device's memory is spent, or anything else. */
export type FailureKind = 'out-of-memory' | 'failed';

/** Worker to main thread: first `ready` or `unavailable`, then one reply for each request, in order. */
export type WorkerReply =
  | { kind: 'ready'; device: Device }
  | { kind: 'unavailable'; message: string }
  | { kind: 'done'; id: number; output: Float32Array | null }
  | { kind: 'failure'; id: number; failure: FailureKind; message: string };
