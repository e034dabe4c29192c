import type { FindFaces } from './find-in-photo.ts';
import { makeGroup, makeMontage, makeVariant, variants } from './arrangements.ts';
import { FaceCounts, isCenteredIn, type FaceFigures } from './face-counts.ts';
import type { PhotoFile } from './photo-files.ts';

/** Crops in groups of at least this side are counted by themselves. */
export const LARGE_CROP = 100;

export interface GroupFigures extends FaceFigures {
  kind: 'groups';
}

export interface MontageFigures extends FaceFigures {
  kind: 'montages';
  /** Pictures in which all six faces were found and nothing else. */
  complete: number;
}

export interface VariantFigures {
  kind: 'variants';
  crops: number;
  /** Shares of the crops: a face was found; its center is within 0.3 of the crop's side of the crop's center. */
  variants: { name: string; found: number; centered: number }[];
}

/** What pictures are made of, and how many of them are made. */
export interface Arrangement {
  crops: readonly PhotoFile[];
  count: number;
  /** Equal seeds make equal pictures. */
  seed: number;
}

type Progress = (done: number, total: number) => void;

const rule = {
  isFound: isCenteredIn,
  isLarge: ({ width }: { width: number }) => width >= LARGE_CROP,
};

/** Searches all faces in groups that are pasted onto photos without a face. */
export async function measureGroups(
  { crops, count, seed }: Arrangement,
  backgrounds: readonly PhotoFile[],
  find: FindFaces,
  onProgress: Progress,
): Promise<GroupFigures> {
  const counts = new FaceCounts(rule);
  for (let index = 0; index < count; index += 1) {
    const { jpeg, squares } = await makeGroup(crops, backgrounds, seed, index);
    counts.add(squares, await find.all(jpeg));
    onProgress(index + 1, count);
  }
  return { kind: 'groups', ...counts.figures };
}

/** Searches all faces in pictures of six tiled crops. */
export async function measureMontages(
  { crops, count, seed }: Arrangement,
  find: FindFaces,
  onProgress: Progress,
): Promise<MontageFigures> {
  const counts = new FaceCounts(rule);
  for (let index = 0; index < count; index += 1) {
    const { jpeg, squares } = await makeMontage(crops, seed + index);
    counts.add(squares, await find.all(jpeg));
    onProgress(index + 1, count);
  }
  return { kind: 'montages', ...counts.figures, complete: counts.complete };
}

/** Searches the largest face in the variants of crops that are spread evenly over the list. */
export async function measureVariants(
  { crops, count }: Pick<Arrangement, 'crops' | 'count'>,
  find: FindFaces,
  onProgress: Progress,
): Promise<VariantFigures> {
  const total = Math.min(count, crops.length);
  const sums = variants.map(({ name }) => ({ name, found: 0, centered: 0 }));
  for (let index = 0; index < total; index += 1) {
    const crop = crops[Math.floor((index * crops.length) / total)]!;
    for (const [row, variant] of variants.entries()) {
      const { jpeg, squares } = await makeVariant(crop, variant);
      const face = await find.largest(jpeg);
      if (face === undefined) continue;
      sums[row]!.found += 1 / total;
      sums[row]!.centered += Number(isCenteredIn(squares[0]!, face)) / total;
    }
    onProgress(index + 1, total);
  }
  return { kind: 'variants', crops: total, variants: sums };
}
