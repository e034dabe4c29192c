import { seededRandom, uniform } from '../../../common/random.ts';
import { quantileOf } from '../../../common/statistics.ts';
import { alignment, utkFrame } from '../../../inference/faces/align.ts';
import type { Landmarks } from '../../../inference/faces/anchors.ts';
import {
  applySimilarity,
  invertSimilarity,
  scaleOf,
  type Similarity,
} from '../../../inference/faces/geometry.ts';
import { makeShifted } from './arrangements.ts';
import type { FindFaces } from './find-in-photo.ts';
import type { Arrangement } from './measure-arranged.ts';

/** How far a face is aligned from where it was aligned first. */
interface Displacement {
  /** Distance that the middle of the network's input moves, as a share of its side. */
  shift: number;
  /** |ratio of the scales − 1|. */
  scale: number;
  /** In degrees. */
  turn: number;
}

/** The spread of where a face is aligned when it is found again in shifted and scaled copies of its photo. */
export interface ShiftFigures {
  kind: 'shifts';
  crops: number;
  copies: number;
  /** Copies in which no face was found. */
  lost: number;
  /** The median, 95th and 99th percentile of each displacement. */
  displacements: Record<keyof Displacement, [median: number, p95: number, p99: number]>;
}

const COPIES = 4;
const QUANTILES = [0.5, 0.95, 0.99] as const;

/** Finds the largest face of crops again in copies that are shifted and scaled on a canvas of their mean gray. */
export async function measureShifts(
  { crops, count, seed }: Arrangement,
  find: FindFaces,
  onProgress: (done: number, total: number) => void,
): Promise<ShiftFigures> {
  const random = seededRandom(seed);
  const total = Math.min(count, crops.length);
  const displacements: Displacement[] = [];
  let copies = 0;
  for (let index = 0; index < total; index += 1) {
    const crop = crops[Math.floor((index * crops.length) / total)]!;
    const still = await makeShifted(crop, { scale: 1, x: 0.5, y: 0.5 });
    const first = await find.largest(still.jpeg);
    for (let copy = 0; first !== undefined && copy < COPIES; copy += 1) {
      const place = { scale: uniform(random, 0.85, 1.2), x: random(), y: random() };
      const moved = await makeShifted(crop, place);
      const again = await find.largest(moved.jpeg);
      copies += 1;
      if (again === undefined) continue;
      const back = between(moved.placed, still.placed);
      displacements.push(displacementOf(first.landmarks, again.landmarks, back));
    }
    onProgress(index + 1, total);
  }
  const lost = copies - displacements.length;
  return { kind: 'shifts', crops: total, copies, lost, displacements: quantilesOf(displacements) };
}

/** The map from where one copy shows the crop to where another does. */
function between(from: Similarity, to: Similarity): Similarity {
  const ratio = to.a / from.a;
  return {
    a: ratio,
    b: 0,
    shiftX: to.shiftX - ratio * from.shiftX,
    shiftY: to.shiftY - ratio * from.shiftY,
  };
}

/** @param back maps the copy in which the face was found again to the first one */
function displacementOf(first: Landmarks, again: Landmarks, back: Similarity): Displacement {
  const toInput = alignment(first, utkFrame, 1);
  const toInputAgain = alignment(again, utkFrame, 1);
  const fromInput = invertSimilarity(toInputAgain);
  const map = (point: { x: number; y: number }) =>
    applySimilarity(toInput, applySimilarity(back, applySimilarity(fromInput, point)));
  const middle = map({ x: 0.5, y: 0.5 });
  const right = map({ x: 1.5, y: 0.5 });
  const [dx, dy] = [right.x - middle.x, right.y - middle.y];
  return {
    shift: Math.hypot(middle.x - 0.5, middle.y - 0.5),
    scale: Math.abs((scaleOf(toInput) * scaleOf(back)) / scaleOf(toInputAgain) - 1),
    turn: Math.abs((Math.atan2(dy, dx) * 180) / Math.PI),
  };
}

function quantilesOf(displacements: readonly Displacement[]): ShiftFigures['displacements'] {
  const of = (name: keyof Displacement) => {
    const sorted = Float64Array.from(displacements, (each) => each[name]).sort();
    const [median, p95, p99] = QUANTILES.map((q) => quantileOf(sorted, q));
    return [median!, p95!, p99!] as [number, number, number];
  };
  return { shift: of('shift'), scale: of('scale'), turn: of('turn') };
}
