import type { Random } from './random.ts';

export interface BackOffOptions {
  /** The wait after the first failure, in milliseconds. */
  minMs: number;
  /** The longest wait before jitter, in milliseconds. */
  maxMs: number;
  /** See `withJitter`; 0 by default. */
  jitter?: number;
  random?: Random;
}

/**
 * Exponential back-off: the wait doubles with each failure up to a maximum, then jitter is applied.
 * @param failures in a row, from 1
 * @returns milliseconds
 */
export function backOffMs(
  failures: number,
  { minMs, maxMs, jitter = 0, random = Math.random }: BackOffOptions,
): number {
  return withJitter(Math.min(minMs * 2 ** (failures - 1), maxMs), jitter, random);
}

/**
 * Varies a wait at random, so that processes that failed together do not retry together.
 * @param jitter the share by which the wait becomes shorter or longer at most, from 0 to 1
 */
export function withJitter(waitMs: number, jitter: number, random: Random = Math.random): number {
  return waitMs * (1 + jitter * (2 * random() - 1));
}
