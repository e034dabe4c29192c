import type { ThresholdAnswer } from './answer.ts';

/** Floating-point noise of `1 − confidence`; far below a digit of the answer. */
const EPSILON = 1e-9;

/** `yes` from the confidence on, `no` from its complement down, between them `uncertain`. */
export function decide(probability: number, confidence: number): ThresholdAnswer['decision'] {
  if (probability >= confidence - EPSILON) return 'yes';
  if (probability <= 1 - confidence + EPSILON) return 'no';
  return 'uncertain';
}
