import { z } from 'zod';
import { ServiceError } from '../../common/errors.ts';
import type { AgeHead } from './age-head.ts';

/** The second output of a network: the probability that its input is a framed face. */
export const faceOutputSchema = z.strictObject({
  /** Below this probability, the answer carries the warning `unlikely_face`. */
  threshold: z.number().gt(0).lt(1),
});

export type FaceOutput = z.infer<typeof faceOutputSchema>;

/** The last value of a row may exceed 1 a little, since runtimes round. */
const MOST = 1.001;

/** Number of values per image in the output of a network: those of its age head, then the face probability if it has one. */
export function outputRowLength(
  { outputLength }: Pick<AgeHead, 'outputLength'>,
  face: FaceOutput | undefined,
): number {
  return face === undefined ? outputLength : outputLength + 1;
}

/** The parts of a row of a network's output. */
export interface OutputRow {
  /** The values that the age head interprets; a view of the row. */
  ages: Float32Array;
  /** The probability that the input is a framed face; undefined if the network does not output it. */
  face: number | undefined;
}

/**
 * Separates the values of the age head from the face probability, which follows them in a row that has one value more.
 * @throws ServiceError `inference_failed` if that value is no probability
 */
export function readOutputRow(
  row: Float32Array,
  { outputLength }: Pick<AgeHead, 'outputLength'>,
): OutputRow {
  // The head rejects any other length.
  if (row.length !== outputLength + 1) return { ages: row, face: undefined };
  const probability = row[outputLength]!;
  if (!(probability >= 0 && probability <= MOST)) {
    throw new ServiceError(
      'inference_failed',
      'The model did not return a valid probability that its input is a face.',
    );
  }
  return {
    ages: row.subarray(0, outputLength),
    face: Math.min(probability, 1),
  };
}
