import {
  DETECTOR_SIDE,
  landmarkNames,
  readDetections,
  type Detection,
  type Landmarks,
} from './anchors.ts';
import {
  applySimilarity,
  invertSimilarity,
  scaleOf,
  type Point,
  type Similarity,
} from './geometry.ts';
import { sampleQuickly } from './sample.ts';
import type { Pyramid } from './pyramid.ts';

/** A square part of a picture, possibly turned, that the detector looks at. It may extend beyond the picture. */
export interface View {
  center: Point;
  /** In pixels of the picture. */
  side: number;
  /** Clockwise turn of the square in radians: what stands upright in it is turned by this in the picture. */
  turn: number;
}

/** The detector was trained on pictures with black borders; with gray or mirrored ones it finds fewer faces. */
const BORDER = { level: 0 };

/** The gray levels that the detector gets for a view. */
export function pixelsOf(picture: Pyramid, view: View): Uint8Array<ArrayBuffer> {
  return sampleQuickly(picture, toDetector(view), DETECTOR_SIDE, BORDER);
}

/** What the detector saw in a view, in pixels of the picture, in descending order of the scores. */
export function detectionsIn(view: View, output: Float32Array, minScore: number): Detection[] {
  const back = invertSimilarity(toDetector(view));
  return readDetections(output, minScore).map((detection) => mapped(detection, back));
}

function toDetector({ center, side, turn }: View): Similarity {
  const scale = DETECTOR_SIDE / side;
  const a = scale * Math.cos(turn);
  const b = -scale * Math.sin(turn);
  return {
    a,
    b,
    shiftX: DETECTOR_SIDE / 2 - (a * center.x - b * center.y),
    shiftY: DETECTOR_SIDE / 2 - (b * center.x + a * center.y),
  };
}

/** The box keeps its size and stays upright; it turns around its center only. */
function mapped({ score, box, landmarks }: Detection, back: Similarity): Detection {
  const scale = scaleOf(back);
  const width = box.width * scale;
  const height = box.height * scale;
  const center = applySimilarity(back, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const points = landmarkNames.map((name) => [name, applySimilarity(back, landmarks[name])]);
  return {
    score,
    box: { x: center.x - width / 2, y: center.y - height / 2, width, height },
    landmarks: Object.fromEntries(points) as Landmarks,
  };
}

/**
 * Runs the detector on squares of DETECTOR_SIDE × DETECTOR_SIDE gray levels.
 * @returns DETECTOR_OUTPUTS values for each
 */
export type Detect = (squares: readonly Uint8Array[]) => Promise<readonly Float32Array[]>;

/** In radians, from the eyes. */
export function rollOf({ landmarks: { leftEye, rightEye } }: Detection): number {
  return Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x);
}
