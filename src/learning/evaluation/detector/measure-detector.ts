import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createOnnxEngine } from '../../../inference/engine/onnx-engine.ts';
import { detectWith, readWorkingPicture } from '../../../inference/face-detector.ts';
import { findAllFaces, findLargestFace, type Detect } from '../../../inference/faces/find-faces.ts';
import { overlap, type Box } from '../../../inference/faces/geometry.ts';
import { readLocalDetector, shippedDetector } from '../../../registry/detector/local-detector.ts';
import { loadDetector } from '../../../registry/loading/local-detector.ts';
import { readBoxTable } from './box-table.ts';

/** Any number of faces counts when boxes are measured. */
const MAX_FACES = 100;
/** A face counts as found if a box overlaps its own by this much, and as false if none does by that much. */
const FOUND_OVERLAP = 0.3;
const FALSE_OVERLAP = 0.1;
/** Faces with a longer side are counted by themselves. */
const LARGE_SIDE = 40;
const MAX_PIXELS = 100_000_000;
const PHOTO = /\.(?:jpe?g|png|webp|gif|tiff?|avif)$/i;

/** How well the faces of photos are found whose boxes are known. */
export interface BoxFigures {
  photos: number;
  faces: number;
  largeFaces: number;
  /** Shares of the faces that were found. */
  recall: number;
  recallLarge: number;
  falseFacesPerPhoto: number;
}

/** In how many photos the largest face was found. */
export interface FolderFigures {
  photos: number;
  found: number;
  /** Found with the center of its box in the middle half of the photo. */
  centered: number;
  /** Files in which a face was found, for folders that should have none. */
  foundIn: string[];
}

/** The figures in words, without the names of files. */
export function describeDetector(figures: BoxFigures | FolderFigures): string {
  if ('found' in figures) {
    const { photos, found, centered } = figures;
    return `${photos} photos: a face found in ${found} (${share(found / photos)}), in the middle of ${centered} (${share(centered / photos)})`;
  }
  const { photos, faces, largeFaces, recall, recallLarge, falseFacesPerPhoto } = figures;
  return (
    `${photos} photos: ${share(recall)} of ${faces} faces found, ${share(recallLarge)} of the ${largeFaces} over ` +
    `${LARGE_SIDE} pixels; ${falseFacesPerPhoto.toFixed(3)} false faces a photo`
  );
}

const share = (value: number): string => value.toFixed(4);

/** What to measure. */
export interface DetectorEvaluation {
  /** A table of boxes, or a folder of photos. */
  data: string;
  /** The detector's folder; by default that of the detector that ships. */
  folder?: string | undefined;
}

/**
 * Measures finding with a detector: all faces where boxes are known, else the largest face of each photo.
 * @throws BoxTableError, ArtifactError, GoldenMismatchError; ServiceError for a photo that cannot be decoded
 */
export async function measureDetector(
  { data, folder = shippedDetector(1) }: DetectorEvaluation,
  onProgress: (done: number, total: number) => void,
): Promise<BoxFigures | FolderFigures> {
  const engine = createOnnxEngine({ threads: 0 });
  try {
    const model = await loadDetector(engine, await readLocalDetector(folder));
    const measure = (await stat(data)).isDirectory() ? measureFolder : measureBoxes;
    return await measure(data, detectWith(model), onProgress).finally(() => model.dispose());
  } finally {
    await engine.close();
  }
}

/**
 * Searches all faces of the photos in a table of boxes.
 * @param table paths in it are relative to its own folder
 * @throws BoxTableError; ServiceError for a photo that cannot be decoded
 */
async function measureBoxes(
  table: string,
  detect: Detect,
  onProgress: (done: number, total: number) => void,
): Promise<BoxFigures> {
  const boxes = await readBoxTable(table);
  const counts = { faces: 0, large: 0, found: 0, foundLarge: 0, falseFaces: 0 };
  let done = 0;
  for (const [file, faces] of boxes) {
    const found = await facesIn(path.join(path.dirname(table), file), detect);
    for (const face of faces) {
      const isFound = found.some((box) => overlap(box, face) >= FOUND_OVERLAP);
      const isLarge = Math.max(face.width, face.height) > LARGE_SIDE;
      counts.faces += 1;
      counts.found += Number(isFound);
      counts.large += Number(isLarge);
      counts.foundLarge += Number(isLarge && isFound);
    }
    counts.falseFaces += found.filter(
      (box) => !faces.some((face) => overlap(box, face) >= FALSE_OVERLAP),
    ).length;
    onProgress(++done, boxes.size);
  }
  return {
    photos: boxes.size,
    faces: counts.faces,
    largeFaces: counts.large,
    recall: counts.found / counts.faces,
    recallLarge: counts.foundLarge / counts.large,
    falseFacesPerPhoto: counts.falseFaces / boxes.size,
  };
}

async function facesIn(file: string, detect: Detect): Promise<Box[]> {
  const limits = { maxPixels: MAX_PIXELS };
  const { pyramid, scale } = await readWorkingPicture(await readFile(file), limits);
  const faces = await findAllFaces(pyramid, detect, MAX_FACES);
  return faces.map(({ box: { x, y, width, height } }) => ({
    x: x * scale,
    y: y * scale,
    width: width * scale,
    height: height * scale,
  }));
}

/** Searches the largest face of each photo in a folder. */
async function measureFolder(
  folder: string,
  detect: Detect,
  onProgress: (done: number, total: number) => void,
): Promise<FolderFigures> {
  const files = (await readdir(folder)).filter((name) => PHOTO.test(name)).sort();
  const figures: FolderFigures = { photos: files.length, found: 0, centered: 0, foundIn: [] };
  for (const [index, file] of files.entries()) {
    const bytes = await readFile(path.join(folder, file));
    const { pyramid } = await readWorkingPicture(bytes, { maxPixels: MAX_PIXELS });
    const face = await findLargestFace(pyramid, detect);
    if (face !== undefined) {
      figures.found += 1;
      figures.foundIn.push(file);
      if (isCentered(face.box, pyramid.base)) figures.centered += 1;
    }
    onProgress(index + 1, files.length);
  }
  return figures;
}

function isCentered(box: Box, { width, height }: { width: number; height: number }): boolean {
  const x = (box.x + box.width / 2) / width;
  const y = (box.y + box.height / 2) / height;
  return Math.abs(x - 0.5) <= 0.25 && Math.abs(y - 0.5) <= 0.25;
}
