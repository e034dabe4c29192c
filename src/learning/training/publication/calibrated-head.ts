import type { AgeCorrection } from '../../../inference/head/age-correction.ts';
import type { AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { centralInterval, type IntervalSpec } from '../../../inference/head/interval.ts';
import { AGE_COUNT } from '../batches/targets.ts';

export type DistributionSpec = Extract<AgeHeadSpec, { kind: 'age-distribution' }>;

/** What calibration chooses. */
export interface Calibration {
  /** 1 by default. */
  temperature?: number;
  /** The central one by default. */
  interval?: IntervalSpec;
  /** None by default. */
  correction?: AgeCorrection | undefined;
}

/** The head of a network that outputs the ages from 0 to 100. */
export function calibratedHead({
  temperature = 1,
  interval = centralInterval,
  correction,
}: Calibration = {}): DistributionSpec {
  return {
    ...{ kind: 'age-distribution', minAge: 0, maxAge: AGE_COUNT - 1, temperature },
    ...(correction && { correction }),
    interval,
  };
}
