import type { Face } from './find-faces.ts';

/** What is kept of a found face: how large it is and how sure the detector was. */
export interface FaceFacts {
  /** Width of its box, in pixels of the photo as it was sent. */
  side: number;
  /** From 0 to 1. */
  score: number;
}

/** @param face in pixels of the photo */
export function faceFactsOf({ box, score }: Pick<Face, 'box' | 'score'>): FaceFacts {
  return { side: box.width, score };
}
