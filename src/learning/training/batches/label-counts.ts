import type { LabelCount } from './age-density.ts';
import type { PhotoSet } from './photo-set.ts';
import { AGE_COUNT } from './targets.ts';

/** How much the photos of each label weigh together. Pictures without a framed face have no label. */
export function countLabels({
  count,
  minAges,
  maxAges,
  isFace,
  weights,
}: Pick<PhotoSet, 'count' | 'minAges' | 'maxAges' | 'isFace' | 'weights'>): LabelCount[] {
  const counts = new Map<number, LabelCount>();
  for (let photo = 0; photo < count; photo++) {
    if (isFace[photo] === 0) continue;
    const [minAge, maxAge] = [minAges, maxAges].map((ages) =>
      Math.min(ages[photo]!, AGE_COUNT - 1),
    ) as [number, number];
    const key = minAge * AGE_COUNT + maxAge;
    const label = counts.get(key) ?? { minAge, maxAge, weight: 0 };
    label.weight += weights[photo]!;
    counts.set(key, label);
  }
  return [...counts.values()];
}
