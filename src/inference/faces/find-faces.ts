import { landmarkNames, type Detection, type Landmarks } from './anchors.ts';
import type { Box } from './geometry.ts';
import { minScoreOf, passesForAll, passesForOne, turnedPass, type Pass } from './passes.ts';
import type { Pyramid } from './pyramid.ts';
import { isSameFace, overlapsMuch, withoutRepeats } from './same-face.ts';
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
/** A face with a lower score is looked at a third time, and compared with what turned views show. */
const SURE_SCORE = 0.8;
/** With a lower score after two looks, a third one cannot make it a face. */
const MIN_DOUBTFUL_SCORE = 0.35;
/** Weight of the first look's landmarks; that of the second is the rest to 1. */
const FIRST_WEIGHT = 0.3;
/** Side of the view in which a face is seen again, in widths of its box. */
const SECOND_VIEW_SIDE = 1.9;
/** With more of the surroundings, the third look tells faces from textures better than the second. */
const THIRD_VIEW_SIDE = 2.3;
/**
 * A face that was seen upright at about that scale already is not looked at again. Where one face is wanted, a second look at
 * a scale that is up to 1.5 times as fine makes its landmarks no better; in groups it tells faces from textures.
 */
const SCALE_TOLERANCE: Record<Pass['kind'], number> = {
  whole: 1.5,
  tiles: 1.5,
  turned: 1.5,
  group: 1.25,
};
const MAX_TURN = Math.PI / 9;
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

/**
 * Looks at each face again unless its first view was good enough, and a third time if its score is doubtful. Returns those
 * that reach their score, largest first.
 */
async function confirm(
  picture: Pyramid,
  sightings: readonly Sighting[],
  detect: Detect,
): Promise<Face[]> {
  const twice = await lookAgain(picture, sightings, detect);
  const seen = await lookAThirdTime(picture, twice, detect);
  const long = Math.max(picture.base.width, picture.base.height);
  const found = seen
    .filter(({ detection: { score, box }, kind }) => score >= minScoreOf(kind, box.width / long))
    .map(({ detection }) => toFace(detection));
  found.sort((one, other) => other.score - one.score);
  return withoutRepeats(found, ({ box }) => box, isSameFace).sort(
    (one, other) => other.box.width - one.box.width,
  );
}

/** What the second look shows, with the score of both; a clear sighting stays as it is. */
async function lookAgain(
  picture: Pyramid,
  sightings: readonly Sighting[],
  detect: Detect,
): Promise<Sighting[]> {
  const others = sightings.filter((sighting) => !isClear(sighting));
  const views = others.map(({ detection }) => viewOf(detection, SECOND_VIEW_SIDE));
  const again = await lookAt(picture, others, views, detect);
  const seen = others.flatMap((sighting, index) => {
    const detection = again[index];
    if (detection === undefined) return [];
    const score = joinedScore(sighting.detection.score, detection.score);
    const landmarks = joinedLandmarks(sighting.detection.landmarks, detection.landmarks);
    return [{ ...sighting, detection: { ...detection, score, landmarks } }];
  });
  return [...sightings.filter(isClear), ...seen];
}

/**
 * Joins the score of a doubtful sighting with that of a wider view around what the second look showed. The box and the
 * landmarks stay those of the closer look.
 */
async function lookAThirdTime(
  picture: Pyramid,
  sightings: readonly Sighting[],
  detect: Detect,
): Promise<Sighting[]> {
  const likely = sightings.filter(({ detection }) => detection.score >= MIN_DOUBTFUL_SCORE);
  const doubtful = likely.filter(({ detection }) => detection.score < SURE_SCORE);
  const views = doubtful.map(({ detection }) => viewOf(detection, THIRD_VIEW_SIDE));
  const again = await lookAt(picture, doubtful, views, detect);
  const seen = doubtful.flatMap((sighting, index) => {
    const third = again[index];
    if (third === undefined) return [];
    const score = joinedScore(sighting.detection.score, third.score);
    return [{ ...sighting, detection: { ...sighting.detection, score } }];
  });
  return [...likely.filter(({ detection }) => detection.score >= SURE_SCORE), ...seen];
}

/** What a view of its own shows of each sighting; undefined where it shows nothing. */
async function lookAt(
  picture: Pyramid,
  sightings: readonly Sighting[],
  views: readonly View[],
  detect: Detect,
): Promise<(Detection | undefined)[]> {
  if (views.length === 0) return [];
  const outputs = await detect(views.map((view) => pixelsOf(picture, view)));
  return sightings.map(({ detection }, index) =>
    detectionsIn(views[index]!, outputs[index]!, MIN_SECOND_SCORE).find(({ box }) =>
      overlapsMuch(box, detection.box),
    ),
  );
}

function isClear({ detection, view, kind }: Sighting): boolean {
  const tolerance = SCALE_TOLERANCE[kind];
  const scale = view.side / (SECOND_VIEW_SIDE * detection.box.width);
  const turn = rollOf(detection) - view.turn;
  return scale < tolerance && scale > 1 / tolerance && Math.cos(turn) > Math.cos(MAX_TURN);
}

/** An upright view around a face. */
function viewOf(detection: Detection, widths: number): View {
  const { x, y, width, height } = detection.box;
  return {
    center: { x: x + width / 2, y: y + height / 2 },
    side: widths * width,
    turn: rollOf(detection),
  };
}

/** In radians, from the eyes. */
function rollOf({ landmarks: { leftEye, rightEye } }: Detection): number {
  return Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x);
}

/** The landmarks of the second look are the better ones, but the weighted mean of both is steadier than either. */
function joinedLandmarks(first: Landmarks, second: Landmarks): Landmarks {
  const points = landmarkNames.map((name) => {
    const mean = (axis: 'x' | 'y'): number =>
      FIRST_WEIGHT * first[name][axis] + (1 - FIRST_WEIGHT) * second[name][axis];
    return [name, { x: mean('x'), y: mean('y') }];
  });
  return Object.fromEntries(points) as Landmarks;
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
