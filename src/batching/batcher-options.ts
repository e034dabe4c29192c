import type { Clock } from '../common/clock.ts';
import type { BatchFacts } from './batch-runner.ts';
import type { EngineLine } from './engine-line.ts';

export interface BatcherOptions {
  pixelsPerImage: number;
  outputsPerImage: number;
  /** Most images in a batch. */
  maxSize: number;
  /** How long a batch that is not good waits for company while the engine is idle. Default 0: not at all. */
  maxWaitMs?: number;
  /** Most images waiting, reserved places included; those being run do not count. */
  queueMaxImages: number;
  /** Batch sizes the network is run with, ascending, up to at least maxSize; batches are padded up. */
  sizes: readonly number[];
  /** So many are worth a batch although others run, at most maxSize, which is the default. */
  goodSize?: number;
  /** Batches sent to the engine and not answered; from the second on only good ones. Default 2: one waits for the engine. */
  maxInFlight?: number;
  clock?: Clock;
  /** Shared by all batchers of one engine; by default this one has the engine to itself. */
  line?: EngineLine;
  onBatch?: (facts: BatchFacts) => void;
  /** Told how many images wait, at each change. */
  onQueue?: (images: number) => void;
}
