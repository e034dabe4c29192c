import { searchSpec, type WorkingPicture } from './face-detector.ts';
import { alignment, type Frame } from './faces/align.ts';
import type { Face } from './faces/find-faces.ts';
import { applySimilarity, invertSimilarity, scaleOf } from './faces/geometry.ts';
import type { PhotoCrop } from './preprocess/preprocess.ts';
import type { SearchSpec } from './preprocess/spec.ts';

/** What to decode of a photo to see its faces at the size that the network needs. */
export interface FinerPlan {
  spec: SearchSpec;
  crop: PhotoCrop;
}

/** The network's input. */
export interface InputFrame {
  frame: Frame;
  side: number;
}

/** Pixels of the finer picture per pixel of the network's input, so that sampling it blurs nothing. */
const FINENESS = 1.5;
/** Around the aligned faces, as a share of the region's sides. */
const MARGIN = 0.05;
/** Largest side of the finer picture. With many small faces far apart, they are seen at less than FINENESS. */
const MAX_SIDE = 2048;
/** Smaller crops are refused. */
const LEAST_SIDE = 16;

/**
 * Plans to decode a part of the photo again.
 * @param faces in pixels of the picture
 * @returns undefined where the picture shows all faces as finely as the network sees them, or is as fine as the photo
 */
export function finerPlan(
  faces: readonly Face[],
  { scale, photo, origin }: WorkingPicture,
  { frame, side }: InputFrame,
): FinerPlan | undefined {
  if (scale <= 1 || faces.length === 0) return undefined;
  const toPicture = faces.map(({ landmarks }) =>
    invertSimilarity(alignment(landmarks, frame, side)),
  );
  const finest = Math.min(...toPicture.map(scaleOf));
  if (finest >= 1) return undefined;
  const corners = toPicture.flatMap((similarity) =>
    [0, side].flatMap((x) => [0, side].map((y) => applySimilarity(similarity, { x, y }))),
  );
  const [left, right] = spanOf(
    corners.map(({ x }) => x * scale),
    photo.width,
  );
  const [top, bottom] = spanOf(
    corners.map(({ y }) => y * scale),
    photo.height,
  );
  const [width, height] = [right - left, bottom - top];
  const perPixel = Math.max(1, (finest * scale) / FINENESS);
  const maxSide = Math.min(MAX_SIDE, Math.ceil(Math.max(width, height) / perPixel));
  const at = { left: left + origin.left, top: top + origin.top };
  return {
    spec: searchSpec(maxSide),
    crop: { crop: { unit: 'pixels', ...at, width, height }, margin: 0 },
  };
}

/** The whole pixels from the smallest to the largest value, with a margin, within 0 … length. */
function spanOf(values: readonly number[], length: number): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) * MARGIN;
  const start = Math.max(0, Math.min(Math.floor(low - margin), length - LEAST_SIDE));
  return [start, Math.min(length, Math.max(Math.ceil(high + margin), start + LEAST_SIDE))];
}
