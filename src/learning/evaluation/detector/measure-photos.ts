import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { overlap, type Box } from '../../../inference/faces/geometry.ts';
import { readBoxTable } from './box-table.ts';
import { FaceCounts, type FaceFigures } from './face-counts.ts';
import type { FindFaces } from './find-in-photo.ts';
import type { PhotoFile } from './photo-files.ts';

/** A face counts as found if a box overlaps its own by this much (intersection over union). */
const FOUND_OVERLAP = 0.3;
/** Faces with a longer side are counted by themselves. */
export const LARGE_FACE = 40;

/** How well the faces of photos are found whose boxes are known. */
export interface BoxFigures extends FaceFigures {
  kind: 'boxes';
}

/** In how many photos the largest face was found. */
export interface FolderFigures {
  kind: 'folder';
  photos: number;
  found: number;
  /** Found with the center of its box in the middle half of the photo. */
  centered: number;
  /** Files in which a face was found, for folders that should have none. */
  foundIn: string[];
  /** The other files. */
  missedIn: string[];
}

type Progress = (done: number, total: number) => void;

const rule = {
  isFound: (known: Box, found: Box) => overlap(known, found) >= FOUND_OVERLAP,
  isLarge: ({ width, height }: Box) => Math.max(width, height) > LARGE_FACE,
};

/**
 * Searches all faces of the photos in a table of boxes.
 * @param table paths in it are relative to its own folder
 * @throws LabelsError; ServiceError for a photo that cannot be decoded
 */
export async function measureBoxes(
  table: string,
  find: FindFaces,
  onProgress: Progress,
): Promise<BoxFigures> {
  const boxes = await readBoxTable(table);
  const counts = new FaceCounts(rule);
  let done = 0;
  for (const [file, faces] of boxes) {
    counts.add(faces, await find.all(await readFile(path.join(path.dirname(table), file))));
    onProgress(++done, boxes.size);
  }
  return { kind: 'boxes', ...counts.figures };
}

/**
 * Searches the largest face of each photo.
 * @throws ServiceError for a photo that cannot be decoded
 */
export async function measureFolder(
  photos: readonly PhotoFile[],
  find: FindFaces,
  onProgress: Progress,
): Promise<FolderFigures> {
  const foundIn: string[] = [];
  const missedIn: string[] = [];
  let centered = 0;
  for (const [index, photo] of photos.entries()) {
    const face = await find.largest(await photo.read());
    (face === undefined ? missedIn : foundIn).push(photo.name);
    centered += Number(face?.isInMiddle ?? false);
    onProgress(index + 1, photos.length);
  }
  const found = foundIn.length;
  return { kind: 'folder', photos: photos.length, found, centered, foundIn, missedIn };
}
