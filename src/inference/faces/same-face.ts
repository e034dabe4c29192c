import { overlap, type Box } from './geometry.ts';

/** Boxes that overlap more show the same face. */
const SAME_FACE_OVERLAP = 0.3;
/** Of the widths of two boxes, from which on one may only hold the other by mistake. */
const NESTED_RATIO = 1.6;

/** No face lies within another one: a large box around smaller faces is their arrangement, taken for a face. */
export function isSameFace(one: Box, other: Box): boolean {
  if (overlapsMuch(one, other)) return true;
  const [small, large] = one.width < other.width ? [one, other] : [other, one];
  return large.width > NESTED_RATIO * small.width && holdsCenter(large, small);
}

function holdsCenter(large: Box, small: Box): boolean {
  const x = small.x + small.width / 2 - large.x;
  const y = small.y + small.height / 2 - large.y;
  return x > 0 && y > 0 && x < large.width && y < large.height;
}

/** Whether two boxes that two looks show are of the same face. */
export function overlapsMuch(one: Box, other: Box): boolean {
  return overlap(one, other) > SAME_FACE_OVERLAP;
}

/** Keeps each item that shows another face than those kept before it. */
export function withoutRepeats<Item>(
  items: readonly Item[],
  boxOf: (item: Item) => Box,
  isRepeat: (one: Box, other: Box) => boolean,
): Item[] {
  const kept: Item[] = [];
  for (const item of items) {
    if (!kept.some((other) => isRepeat(boxOf(other), boxOf(item)))) kept.push(item);
  }
  return kept;
}
