import { landmarkNames, type Detection, type Landmarks } from './anchors.ts';
import type { Pass } from './passes.ts';
import type { Pyramid } from './pyramid.ts';
import { overlapsMuch } from './same-face.ts';
import { detectionsIn, pixelsOf, rollOf, type Detect, type View } from './view.ts';

/** In the second look at a detection, any score counts: it lowers the joined score if it is low. */
const MIN_SECOND_SCORE = 0.05;
/** A face with a lower score is looked at a third time, and compared with what turned views show. */
export const SURE_SCORE = 0.8;
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
/** A detection, and the view and the kind of pass that showed it. */
export interface Sighting {
  detection: Detection;
  view: View;
  kind: Pass['kind'];
}

/** What the second look shows, with the score of both; a clear sighting stays as it is. */
export async function lookAgain(
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
export async function lookAThirdTime(
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
