import { z } from 'zod';
import { landmarkNames } from '../../inference/faces/anchors.ts';
import { overlap, type Box } from '../../inference/faces/geometry.ts';

const pixels = z.number().min(-1_000_000).max(1_000_000);
const length = z.number().positive().max(1_000_000);
const point = z.strictObject({ x: pixels, y: pixels });

export const storedBoxSchema = z.strictObject({
  ...{ x: pixels, y: pixels },
  ...{ width: length, height: length },
});

/** Where a face is, in pixels of the stored picture; a box may reach beyond it. */
export const storedFaceSchema = z.strictObject({
  box: storedBoxSchema,
  landmarks: z.strictObject(
    Object.fromEntries(landmarkNames.map((name) => [name, point])) as Record<
      (typeof landmarkNames)[number],
      typeof point
    >,
  ),
});

export type StoredFace = z.infer<typeof storedFaceSchema>;

/** What a record is about: a part of the photo that was sent, in pixels of that photo as displayed. */
export interface FeedbackSubject {
  /** The part that is stored. */
  region: Box;
  /** The face's box; undefined where the part is the framed face. */
  face: Box | undefined;
}

/** Boxes of one face that two searches found overlap more. */
const SAME_OVERLAP = 0.3;

/**
 * Whether two records of a photo are about the same person. Boxes of one face differ a little between searches and versions,
 * so that they need not be equal.
 */
export function isSameSubject(one: FeedbackSubject, other: FeedbackSubject): boolean {
  if ((one.face === undefined) === (other.face === undefined))
    return overlap(one.face ?? one.region, other.face ?? other.region) > SAME_OVERLAP;
  const [face, framed] =
    one.face === undefined ? [other.face!, one.region] : [one.face, other.region];
  return overlap(face, framed) > SAME_OVERLAP;
}
