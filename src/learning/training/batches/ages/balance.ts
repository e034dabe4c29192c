import { ageDensity, type LabelCount } from './age-density.ts';
import { countLabels, labelOf } from './label-counts.ts';
import type { PhotoSet } from '../photo-set.ts';
import { AGE_COUNT } from '../targets.ts';

/** No photo counts more than this many times as much as the average one, so that a few rare ages do not decide a batch. */
const MOST = 5;

/**
 * Gives photos of rare ages more weight and photos of common ages less, by the density of ages to the power of −strength
 * (Yang et al., "Delving into Deep Imbalanced Regression", ICML 2021, smooth the density in the same way). The mean weight of
 * the photos stays the same, except for what the limit cuts off.
 * @param strength from 0 (no change) to 1 (each age counts equally)
 */
export function balanceAges(photos: PhotoSet, strength: number): PhotoSet {
  if (strength === 0) return photos;
  const labels = countLabels(photos);
  const density = ageDensity(labels);
  const factorOf = ({ minAge, maxAge }: Pick<LabelCount, 'minAge' | 'maxAge'>) => {
    const inside = density.subarray(minAge, maxAge + 1);
    const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
    return (mean * AGE_COUNT) ** -strength;
  };
  const total = labels.reduce((sum, { weight }) => sum + weight, 0);
  const average = labels.reduce((sum, label) => sum + label.weight * factorOf(label), 0) / total;
  const weights = photos.weights.map(
    (weight, photo) => weight * Math.min(MOST, factorOf(labelOf(photos, photo)) / average),
  );
  return { ...photos, weights };
}
