import type { Detection, Landmarks } from './anchors.ts';
import { overlap, type Box } from './geometry.ts';
import { minScoreOf, passesForAll, passesForOne, turnedPass, type Pass } from './passes.ts';
import type { Pyramid } from './sample.ts';
import { detectionsIn, pixelsOf, type View } from './view.ts';

/** A face in a picture; coordinates are in pixels of the picture. */
export interface Face {
  box: Box;
  /** From 0 to 1: how sure the detector is, over the views that showed the face. */
  score: number;
  /** Clockwise turn of the face, above −180 and up to 180: 0 is upright. */
  rollDegrees: number;
  landmarks: Landmarks;
}

/**
 * Runs the detector on squares of DETECTOR_SIDE × DETECTOR_SIDE gray levels.
 * @returns DETECTOR_OUTPUTS values for each
 */
export type Detect = (squares: readonly Uint8Array[]) => Promise<readonly Float32Array[]>;

/** Detections with a lower score are not looked at again. */
const MIN_FIRST_SCORE = 0.25;
/** In the second look at a detection, any score counts: it lowers the joined score if it is low. */
const MIN_SECOND_SCORE = 0.05;
/** A face with a lower score is compared with what turned views show. */
const SURE_SCORE = 0.8;
/** Side of the view in which a face is seen again, in widths of its box. */
const SECOND_VIEW_SIDE = 1.9;
/** A face that was seen upright at about that scale already is not looked at again. */
const SCALE_TOLERANCE = 1.25;
const MAX_TURN = Math.PI / 9;
/** Boxes that overlap more show the same face. */
const SAME_FACE_OVERLAP = 0.3;
/** Of the widths of two boxes, from which on one may only hold the other by mistake. */
const NESTED_RATIO = 1.6;
/** How many detections of a pass are looked at again if one face is wanted, and for each face if all are. */
const SECOND_LOOKS = 3;

/** A detection, and the view and the kind of pass that showed it. */
interface Sighting {
  detection: Detection;
  view: View;
  kind: Pass['kind'];
}

/** The largest face of a picture, and the others that the same pass showed, of which at most two are seen, largest first. */
export interface MainFace {
  face: Face;
  others: readonly Face[];
}

/**
 * Finds the largest face that the first successful pass shows; later passes, which cost more, do not run then.
 * @returns undefined if there is no face
 */
export async function findMainFace(
  picture: Pyramid,
  detect: Detect,
): Promise<MainFace | undefined> {
  for (const pass of passesForOne(picture.base)) {
    const sightings = distinct(await look(picture, pass, detect)).slice(0, SECOND_LOOKS);
    const [largest, ...others] = await confirm(picture, sightings, detect);
    if (largest === undefined) continue;
    const face = await uprightFace(picture, { face: largest, pass }, detect);
    return { face, others: others.filter(({ box }) => !isSameFace(box, face.box)) };
  }
  return undefined;
}

/** As `findMainFace`, without the others. */
export async function findLargestFace(picture: Pyramid, detect: Detect): Promise<Face | undefined> {
  return (await findMainFace(picture, detect))?.face;
}

/** A face that lies on its side or upside down is sometimes seen upright, with a low score and wrong landmarks. */
async function uprightFace(
  picture: Pyramid,
  { face, pass }: { face: Face; pass: Pass },
  detect: Detect,
): Promise<Face> {
  if (face.score >= SURE_SCORE) return face;
  const sightings = distinct(await look(picture, turnedPass(pass.views), detect)).slice(0, 1);
  const [turned] = await confirm(picture, sightings, detect);
  return turned !== undefined && turned.score > face.score ? turned : face;
}

/** Finds all faces, largest first. */
export async function findAllFaces(
  picture: Pyramid,
  detect: Detect,
  maxFaces: number,
): Promise<Face[]> {
  const sightings: Sighting[] = [];
  for (const pass of passesForAll(picture.base)) {
    sightings.push(...(await look(picture, pass, detect)));
  }
  const faces = await confirm(
    picture,
    distinct(sightings).slice(0, SECOND_LOOKS * maxFaces),
    detect,
  );
  return faces.slice(0, maxFaces);
}

async function look(picture: Pyramid, pass: Pass, detect: Detect): Promise<Sighting[]> {
  const outputs = await detect(pass.views.map((view) => pixelsOf(picture, view)));
  return pass.views.flatMap((view, index) =>
    detectionsIn(view, outputs[index]!, MIN_FIRST_SCORE).map((detection) => ({
      detection,
      view,
      kind: pass.kind,
    })),
  );
}

/** One sighting of each face, that with the highest score, in descending order of the scores. */
function distinct(sightings: readonly Sighting[]): Sighting[] {
  const byScore = sightings.toSorted((one, other) => other.detection.score - one.detection.score);
  return withoutRepeats(byScore, ({ detection }) => detection.box, overlapsMuch);
}

/** Looks at each face again unless its first view was good enough. Returns those that reach their score, largest first. */
async function confirm(
  picture: Pyramid,
  sightings: readonly Sighting[],
  detect: Detect,
): Promise<Face[]> {
  const clear = sightings.filter(isClear);
  const faces = clear.map(({ detection, kind }) => ({ face: toFace(detection), kind }));
  const others = sightings.filter((sighting) => !isClear(sighting));
  for (const { sighting, again } of await lookAgain(picture, others, detect)) {
    const score = joinedScore(sighting.detection.score, again.score);
    faces.push({ face: toFace({ ...again, score }), kind: sighting.kind });
  }
  const long = Math.max(picture.base.width, picture.base.height);
  const found = faces.filter(
    ({ face, kind }) => face.score >= minScoreOf(kind, face.box.width / long),
  );
  found.sort((one, other) => other.face.score - one.face.score);
  return withoutRepeats(found, ({ face }) => face.box, isSameFace)
    .map(({ face }) => face)
    .sort((one, other) => other.box.width - one.box.width);
}

async function lookAgain(
  picture: Pyramid,
  sightings: readonly Sighting[],
  detect: Detect,
): Promise<{ sighting: Sighting; again: Detection }[]> {
  if (sightings.length === 0) return [];
  const views = sightings.map(({ detection }) => secondView(detection));
  const outputs = await detect(views.map((view) => pixelsOf(picture, view)));
  return sightings.flatMap((sighting, index) => {
    const again = detectionsIn(views[index]!, outputs[index]!, MIN_SECOND_SCORE).find(
      ({ box }) => overlap(box, sighting.detection.box) > SAME_FACE_OVERLAP,
    );
    return again === undefined ? [] : [{ sighting, again }];
  });
}

function isClear({ detection, view }: Sighting): boolean {
  const scale = view.side / (SECOND_VIEW_SIDE * detection.box.width);
  const turn = rollOf(detection) - view.turn;
  return (
    scale < SCALE_TOLERANCE && scale > 1 / SCALE_TOLERANCE && Math.cos(turn) > Math.cos(MAX_TURN)
  );
}

function secondView(detection: Detection): View {
  const { x, y, width, height } = detection.box;
  return {
    center: { x: x + width / 2, y: y + height / 2 },
    side: SECOND_VIEW_SIDE * width,
    turn: rollOf(detection),
  };
}

/** In radians, from the eyes. */
function rollOf({ landmarks: { leftEye, rightEye } }: Detection): number {
  return Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x);
}

/** The mean of two scores on the scale of their logits: a texture rarely convinces the detector twice. */
function joinedScore(one: number, other: number): number {
  return 1 / (1 + Math.exp(-(logit(one) + logit(other)) / 2));
}

function logit(score: number): number {
  const limited = Math.min(0.999, Math.max(0.001, score));
  return Math.log(limited / (1 - limited));
}

function toFace(detection: Detection): Face {
  const { box, score, landmarks } = detection;
  return { box, score, rollDegrees: (rollOf(detection) * 180) / Math.PI, landmarks };
}

/** No face lies within another one: a large box around smaller faces is their arrangement, taken for a face. */
function isSameFace(one: Box, other: Box): boolean {
  if (overlapsMuch(one, other)) return true;
  const [small, large] = one.width < other.width ? [one, other] : [other, one];
  return large.width > NESTED_RATIO * small.width && holdsCenter(large, small);
}

function holdsCenter(large: Box, small: Box): boolean {
  const x = small.x + small.width / 2 - large.x;
  const y = small.y + small.height / 2 - large.y;
  return x > 0 && y > 0 && x < large.width && y < large.height;
}

function overlapsMuch(one: Box, other: Box): boolean {
  return overlap(one, other) > SAME_FACE_OVERLAP;
}

/** Keeps each item that shows another face than those kept before it. */
function withoutRepeats<Item>(
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
