import type { DatasetPhoto, HashAt } from './dataset-photo.ts';

/** A photo whose split may be still to be chosen. */
export type UnsplitPhoto = Omit<DatasetPhoto, 'split'> & { split: string | undefined };

export interface MergedPhotos {
  /** One of each content; where it names a split, no other content names it for another side. */
  photos: UnsplitPhoto[];
  /** Copies left out beside the one that is kept. */
  merged: number;
  /** Photos left out because copies of them have other ages. */
  contradictory: number;
  /** Contents that were found in two splits and stay in one. */
  inTwoSplits: number;
}

/**
 * Keeps one of byte-identical photos: the first, in the split that is furthest from training (any other before `val`
 * before `train`), so that what judges a model never loses a photo to what trains it. Where their ages differ, none.
 */
export function mergeCopies(photos: readonly UnsplitPhoto[], hashAt: HashAt): MergedPhotos {
  const kept = new Map<string, UnsplitPhoto>();
  const copies = new Map<string, number>();
  const contradicted = new Set<string>();
  const torn = new Set<string>();
  for (const photo of photos) {
    const hash = hashAt(photo.place);
    const first = kept.get(hash);
    if (first === undefined) {
      kept.set(hash, photo);
      continue;
    }
    copies.set(hash, (copies.get(hash) ?? 0) + 1);
    if (photo.age !== first.age) contradicted.add(hash);
    if (photo.split === first.split) continue;
    if (photo.split !== undefined && first.split !== undefined) torn.add(hash);
    kept.set(hash, { ...first, split: furthestFromTraining(first.split, photo.split) });
  }
  let [merged, contradictory] = [0, 0];
  for (const [hash, count] of copies) {
    if (contradicted.has(hash)) contradictory += count + 1;
    else merged += count;
  }
  for (const hash of contradicted) {
    kept.delete(hash);
    torn.delete(hash);
  }
  return { photos: [...kept.values()], merged, contradictory, inTwoSplits: torn.size };
}

function furthestFromTraining(
  one: string | undefined,
  other: string | undefined,
): string | undefined {
  const [nearest, furthest] = [one, other].toSorted(
    (a, b) => distance(a) - distance(b) || (a! < b! ? -1 : 1),
  );
  return furthest ?? nearest;
}

function distance(split: string | undefined): number {
  if (split === undefined) return 0;
  return { train: 1, val: 2 }[split] ?? 3;
}
