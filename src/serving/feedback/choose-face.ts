import { ServiceError } from '../../common/errors.ts';
import type { Box, Point } from '../../inference/faces/geometry.ts';

/** A face that was found in a photo. */
interface Found {
  /** Undefined where the photo was taken for the framed face. */
  face: { box: Box } | undefined;
}

/** Faces with at least this share of the largest one's width count as several, as in the warning `several_faces`. */
const COMPARABLE_WIDTH = 0.6;

/**
 * The face that an age belongs to: the one that is nearest to the given box, or the largest without one.
 * @param found of one photo, largest first
 * @param wanted in pixels of the photo as displayed
 * @throws ServiceError `no_face`; `several_faces` where no box is given and others are about as large
 */
export function chooseFace<One extends Found>(found: readonly One[], wanted: Box | undefined): One {
  const [largest, second] = found;
  if (largest === undefined) throw noFace('No face was found in the photo.');
  if (wanted !== undefined) return nearest(found, wanted);
  if (second === undefined || widthOf(second) < COMPARABLE_WIDTH * widthOf(largest)) return largest;
  throw new ServiceError(
    'several_faces',
    'The photo shows several faces of about the same size. Say whose age it is: give "face", the box of that face as ' +
      'x,y,width,height in pixels of the photo as displayed; or ask for a prediction with faces=all and give that face’s id as "predictionId".',
  );
}

function nearest<One extends Found>(found: readonly One[], wanted: Box): One {
  const center = centerOf(wanted);
  const distances = found.map(({ face }) =>
    face === undefined ? Infinity : distance(centerOf(face.box), center),
  );
  const least = Math.min(...distances);
  const one = found[distances.indexOf(least)]!;
  const reach = Math.max(wanted.width, wanted.height, widthOf(one));
  if (least <= reach) return one;
  throw noFace('No face was found near "face".');
}

const widthOf = ({ face }: Found): number => face?.box.width ?? 0;

function centerOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function noFace(what: string): ServiceError {
  const advice =
    'Send a photo that shows the face; or ask for a prediction with faces=none, if the photo is one framed face, and give its id.';
  return new ServiceError('no_face', `${what} ${advice}`);
}
