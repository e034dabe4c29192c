import type { Landmarks } from './anchors.ts';
import { fitSimilarity, type Point, type Similarity } from './geometry.ts';
import { sampleSquare } from './sample.ts';
import type { Pyramid } from './pyramid.ts';

/** Where the landmarks of an aligned face lie, as shares of the network's input, which is a square. */
export interface Frame {
  leftEye: Point;
  rightEye: Point;
  mouth: Point;
}

/** The frame of UTKFace's own crops, measured over 600 photos; versions 2 to 4 were trained on it. */
export const utkFrame: Frame = {
  leftEye: { x: 0.293, y: 0.291 },
  rightEye: { x: 0.687, y: 0.282 },
  mouth: { x: 0.498, y: 0.682 },
};

/**
 * Cuts a face out so that its eyes and mouth lie where the network expects them: turned upright, scaled and shifted, the
 * least squares over the three points. Serving and training both use it.
 * @param side width and height of the network's input
 * @returns side × side gray levels; what lies beyond the picture continues it mirrored
 */
export function alignFace(
  picture: Pyramid,
  landmarks: Landmarks,
  frame: Frame,
  side: number,
): Uint8Array<ArrayBuffer> {
  return sampleSquare(picture, alignment(landmarks, frame, side), side, 'mirrored');
}

/** The similarity that maps the picture to the network's input. */
export function alignment(landmarks: Landmarks, frame: Frame, side: number): Similarity {
  const names = ['leftEye', 'rightEye', 'mouth'] as const;
  return fitSimilarity(
    names.map((name) => landmarks[name]),
    names.map((name) => ({ x: frame[name].x * side, y: frame[name].y * side })),
  );
}
