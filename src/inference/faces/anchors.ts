import { overlap, type Box, type Point } from './geometry.ts';

/** The landmarks of BlazeFace in the order of its output. Left and right are those of the picture, not of the person. */
export const landmarkNames = [
  'leftEye',
  'rightEye',
  'nose',
  'mouth',
  'leftEar',
  'rightEar',
] as const;
export type Landmarks = Record<(typeof landmarkNames)[number], Point>;

/** What the detector saw in its input, in pixels of that input. */
export interface Detection {
  /** From 0 to 1. */
  score: number;
  box: Box;
  landmarks: Landmarks;
}

/** Width and height of the detector's input. */
export const DETECTOR_SIDE = 128;
/** The grids of anchors: cells along a side, and anchors in each cell, which all share its center. */
const grids = [
  { cells: 16, anchors: 2 },
  { cells: 8, anchors: 6 },
];
const VALUES_PER_ANCHOR = 17;
/** The values of one picture: for each anchor a score, a box and six landmarks. */
export const DETECTOR_OUTPUTS = grids.reduce(
  (sum, { cells, anchors }) => sum + cells * cells * anchors * VALUES_PER_ANCHOR,
  0,
);

/** Boxes that overlap more show the same face. */
const SAME_FACE_OVERLAP = 0.3;

/**
 * Reads the detector's output for one picture. Detections of the same face are joined as a mean weighted by their
 * scores, as in BlazeFace (Bazarevsky et al. 2019, §3.3), which makes landmarks steadier than the best anchor alone.
 * @param output DETECTOR_OUTPUTS values
 * @returns in descending order of their scores
 */
export function readDetections(output: Float32Array, minScore: number): Detection[] {
  const found = anchorsAbove(output, Math.log(minScore / (1 - minScore)));
  found.sort((one, other) => other.score - one.score);
  const detections: Detection[] = [];
  while (found.length > 0) {
    const best = found[0]!;
    const same = found.filter(({ box }) => overlap(box, best.box) > SAME_FACE_OVERLAP);
    for (const one of same) found.splice(found.indexOf(one), 1);
    detections.push(weightedMean(same));
  }
  return detections;
}

function anchorsAbove(output: Float32Array, minLogit: number): Detection[] {
  const found: Detection[] = [];
  let at = 0;
  for (const { cells, anchors } of grids) {
    const step = DETECTOR_SIDE / cells;
    for (let cell = 0; cell < cells * cells; cell += 1) {
      for (let anchor = 0; anchor < anchors; anchor += 1, at += VALUES_PER_ANCHOR) {
        if (output[at]! < minLogit) continue;
        const x = ((cell % cells) + 0.5) * step;
        const y = (Math.floor(cell / cells) + 0.5) * step;
        found.push(readAnchor(output, at, { x, y }));
      }
    }
  }
  return found;
}

function readAnchor(output: Float32Array, at: number, { x, y }: Point): Detection {
  const point = (index: number): Point => ({
    x: x + output[at + index]!,
    y: y + output[at + index + 1]!,
  });
  const center = point(1);
  const width = output[at + 3]!;
  const height = output[at + 4]!;
  return {
    score: 1 / (1 + Math.exp(-output[at]!)),
    box: { x: center.x - width / 2, y: center.y - height / 2, width, height },
    landmarks: {
      leftEye: point(5),
      rightEye: point(7),
      nose: point(9),
      mouth: point(11),
      leftEar: point(13),
      rightEar: point(15),
    },
  };
}

/** Keeps the score of the first, which is the best. */
function weightedMean(detections: readonly Detection[]): Detection {
  const [best] = detections;
  if (detections.length === 1) return best!;
  const total = detections.reduce((sum, { score }) => sum + score, 0);
  const mean = (value: (detection: Detection) => number): number =>
    detections.reduce((sum, detection) => sum + value(detection) * detection.score, 0) / total;
  const point = (name: keyof Landmarks): Point => ({
    x: mean(({ landmarks }) => landmarks[name].x),
    y: mean(({ landmarks }) => landmarks[name].y),
  });
  return {
    score: best!.score,
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height),
    },
    landmarks: {
      leftEye: point('leftEye'),
      rightEye: point('rightEye'),
      nose: point('nose'),
      mouth: point('mouth'),
      leftEar: point('leftEar'),
      rightEar: point('rightEar'),
    },
  };
}
