import type { LabelCount } from './age-density.ts';
import type { PhotoSet } from '../photo-set.ts';
import { AGE_COUNT } from '../targets.ts';

/** The label of a photo, within the ages that networks output. */
export function labelOf(
  { minAges, maxAges }: Pick<PhotoSet, 'minAges' | 'maxAges'>,
  photo: number,
): Pick<LabelCount, 'minAge' | 'maxAge'> {
  const [minAge, maxAge] = [minAges[photo]!, maxAges[photo]!];
  return { minAge: Math.min(minAge, AGE_COUNT - 1), maxAge: Math.min(maxAge, AGE_COUNT - 1) };
}

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
    const { minAge, maxAge } = labelOf({ minAges, maxAges }, photo);
    const key = minAge * AGE_COUNT + maxAge;
    const label = counts.get(key) ?? { minAge, maxAge, weight: 0 };
    label.weight += weights[photo]!;
    counts.set(key, label);
  }
  return [...counts.values()];
}
