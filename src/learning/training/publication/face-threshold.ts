import type { FaceOutput } from '../../../inference/head/face-output.ts';
import { quantileOf } from '../../../common/statistics.ts';

/** How often a version would warn that its input is no framed face; shares from 0 to 1, as in a manifest's `metrics`. */
export interface FaceFigures {
  /** Share of the faces of the validation photos with the warning. */
  unlikelyFaces: number;
  /** Share of held-out pictures without faces with the warning; absent if there are none. */
  unlikelyNegatives?: number;
}

/** The share of real faces that may carry the warning. */
const FACES_BELOW = 0.004;
/** A picture that the network takes for a face rather than for none never carries the warning. */
const HIGHEST = 0.5;
const LOWEST = 0.01;
const DIGITS = 1000;

/**
 * Chooses the threshold below which an answer warns: the highest one up to 0.5 under which at most 0.4 % of the faces lie.
 * @param faces the probabilities for validation photos, at least one
 */
export function chooseFaceThreshold(faces: readonly number[]): FaceOutput {
  const allowed = quantileOf(Float64Array.from(faces).sort(), FACES_BELOW);
  const rounded = Math.floor(allowed * DIGITS) / DIGITS;
  return { threshold: Math.min(HIGHEST, Math.max(LOWEST, rounded)) };
}

/** @param negatives the probabilities for pictures without faces */
export function faceFigures(
  { threshold }: FaceOutput,
  faces: readonly number[],
  negatives: readonly number[],
): FaceFigures {
  const below = (probabilities: readonly number[]) =>
    probabilities.filter((probability) => probability < threshold).length / probabilities.length;
  return {
    unlikelyFaces: below(faces),
    ...(negatives.length > 0 && { unlikelyNegatives: below(negatives) }),
  };
}
