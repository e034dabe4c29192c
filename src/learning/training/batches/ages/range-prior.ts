import { ageDensity, ageWithin } from './age-density.ts';
import type { Architecture } from '../../../networks/architecture.ts';
import { countLabels } from './label-counts.ts';
import type { PhotoSet } from '../photo-set.ts';

/** The distribution of the ages of people who are labeled with a range. */
export type RangePrior = (minAge: number, maxAge: number) => Float32Array;

/** As in the options of batches. */
export interface RangePriorOptions {
  answers: Architecture['answers'];
  rangePriorWeight?: number | undefined;
  labelSpread?: number | undefined;
}

/** The prior that the labels of a set of photos give; undefined where the options ask for none or there are no ages to output. */
export function rangePriorOf(
  photos: Pick<PhotoSet, 'count' | 'minAges' | 'maxAges' | 'isFace' | 'weights'>,
  { answers, rangePriorWeight = 0, labelSpread = 1 }: RangePriorOptions,
): RangePrior | undefined {
  if (rangePriorWeight === 0 || answers === 'decades') return undefined;
  const density = ageDensity(countLabels(photos));
  const known = new Map<string, Float32Array>();
  return (minAge, maxAge) => {
    const key = `${minAge}-${maxAge}`;
    const prior = known.get(key) ?? ageWithin(density, { minAge, maxAge }, labelSpread);
    known.set(key, prior);
    return prior;
  };
}
