import { sameAge } from './age-range.ts';
import type { DatasetPhoto, HashAt } from './dataset.ts';

/** A photo that may not have been assigned to a split yet. */
export type UnsplitPhoto = Omit<DatasetPhoto, 'split'> & { split: string | undefined };

export interface DeduplicatedPhotos {
  /** One photo per content. */
  photos: UnsplitPhoto[];
  /** Number of duplicates that were dropped in favor of the one that was kept. */
  merged: number;
  /** Number of photos that were dropped because their copies have different ages. */
  contradictory: number;
  /** Number of contents that were found in two splits and kept in one. */
  inTwoSplits: number;
}

/**
 * Keeps one photo of each group of byte-identical photos: the first one, assigned to the split that is furthest from
 * training (`train`, then `val`, then any other), so that no evaluation photo leaks into training. Drops the whole group
 * if the ages differ.
 */
export function deduplicate(photos: readonly UnsplitPhoto[], hashAt: HashAt): DeduplicatedPhotos {
  const kept = new Map<string, UnsplitPhoto>();
  const copies = new Map<string, number>();
  const contradicted = new Set<string>();
  const inTwoSplits = new Set<string>();
  for (const photo of photos) {
    const hash = hashAt(photo.row);
    const first = kept.get(hash);
    if (first === undefined) {
      kept.set(hash, photo);
      continue;
    }
    copies.set(hash, (copies.get(hash) ?? 0) + 1);
    if (!sameAge(photo.age, first.age)) contradicted.add(hash);
    if (photo.split === first.split) continue;
    if (photo.split !== undefined && first.split !== undefined) inTwoSplits.add(hash);
    kept.set(hash, { ...first, split: furthestFromTraining(first.split, photo.split) });
  }
  let [merged, contradictory] = [0, 0];
  for (const [hash, count] of copies) {
    if (contradicted.has(hash)) contradictory += count + 1;
    else merged += count;
  }
  for (const hash of contradicted) {
    kept.delete(hash);
    inTwoSplits.delete(hash);
  }
  return { photos: [...kept.values()], merged, contradictory, inTwoSplits: inTwoSplits.size };
}

function furthestFromTraining(
  one: string | undefined,
  other: string | undefined,
): string | undefined {
  const [nearest, furthest] = [one, other].toSorted(
    (a, b) => distanceFromTraining(a) - distanceFromTraining(b) || (a! < b! ? -1 : 1),
  );
  return furthest ?? nearest;
}

function distanceFromTraining(split: string | undefined): number {
  if (split === undefined) return 0;
  return { train: 1, val: 2 }[split] ?? 3;
}
