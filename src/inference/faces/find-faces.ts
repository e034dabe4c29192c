import type { Detection, Landmarks } from './anchors.ts';
import { lookAgain, lookAThirdTime, SURE_SCORE, type Sighting } from './further-looks.ts';
import type { Box } from './geometry.ts';
import { minScoreOf, passesForAll, passesForOne, turnedPass, type Pass } from './passes.ts';
import type { Pyramid } from './pyramid.ts';
import { isSameFace, overlapsMuch, withoutRepeats } from './same-face.ts';
import { detectionsIn, pixelsOf, rollOf, type Detect } from './view.ts';

/** A face in a picture; coordinates are in pixels of the picture. */
export interface Face {
  box: Box;
  /** From 0 to 1: how sure the detector is, over the views that showed the face. */
  score: number;
  /** Clockwise turn of the face, above −180 and up to 180: 0 is upright. */
  rollDegrees: number;
  landmarks: Landmarks;
}

/** Detections with a lower score are not looked at again. */
const MIN_FIRST_SCORE = 0.25;
/** How many detections of a pass are looked at again if one face is wanted, and for each face if all are. */
const SECOND_LOOKS = 3;

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

function toFace(detection: Detection): Face {
  const { box, score, landmarks } = detection;
  return { box, score, rollDegrees: (rollOf(detection) * 180) / Math.PI, landmarks };
}
