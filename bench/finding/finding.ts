import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markdownTable } from '../../src/common/text/text-table.ts';
import { drawFaceRgb } from '../../src/drawing/draw-face.ts';
import { createOnnxEngine } from '../../src/inference/engine/onnx-engine.ts';
import { detectWith, readWorkingPicture } from '../../src/inference/face-detector.ts';
import { alignFace, utkFrame } from '../../src/inference/faces/align.ts';
import { findLargestFace } from '../../src/inference/faces/find-faces.ts';
import type { Detect } from '../../src/inference/faces/view.ts';
import { Pyramid, type Gray } from '../../src/inference/faces/pyramid.ts';
import { defaultPreprocessSpec } from '../../src/inference/preprocess/spec.ts';
import { sharp } from '../../src/inference/preprocess/sharp-image.ts';
import { readLocalDetector, shippedDetector } from '../../src/registry/detector/local-detector.ts';
import { loadDetector } from '../../src/registry/loading/local-detector.ts';
import { cpuMsPerCall } from '../support/cpu-time.ts';
import { spreadOf } from '../support/statistics.ts';

export interface FindingOptions {
  /** A folder of photos; by default one with a drawn face. */
  photos?: string;
  /** At most this many photos, in the order of their names. */
  count: number;
  /** How often each part is measured. */
  rounds: number;
}

const PICTURE = { width: 640, height: 480 };
const FACE_SIDE = 220;
const LIMITS = { maxPixels: 100_000_000 };
/** CPU milliseconds of one round of one photo. */
const TIMES = { warmUpMs: 30, measureMs: 60 };
const { width: AGE_INPUT_SIDE } = defaultPreprocessSpec;

/** CPU milliseconds of one photo, in the median of the rounds. */
interface PhotoCost {
  findMs: number;
  alignMs: number;
  views: number;
}

/**
 * Measures the CPU time of finding and aligning the largest face of photos, without decoding them: of all threads of this
 * process, one of which runs the detector.
 * @returns false if no photo shows a face
 */
export async function runFinding(options: FindingOptions): Promise<boolean> {
  const engine = createOnnxEngine({ threads: 1 });
  try {
    const model = await loadDetector(engine, await readLocalDetector(shippedDetector(1)));
    const detect = detectWith(model);
    const costs: PhotoCost[] = [];
    for (const picture of await picturesOf(options)) {
      const cost = await costOf(picture, detect, options.rounds);
      if (cost !== undefined) costs.push(cost);
    }
    console.log(render(costs));
    await model.dispose();
    return costs.length > 0;
  } finally {
    await engine.close();
  }
}

async function picturesOf({ photos, count }: FindingOptions): Promise<Gray[]> {
  if (photos === undefined) return [await drawnPicture()];
  const names = (await readdir(photos)).sort().slice(0, count);
  const pictures = names.map(async (name) => {
    const { pyramid } = await readWorkingPicture(await readFile(join(photos, name)), LIMITS);
    return pyramid.base;
  });
  return Promise.all(pictures);
}

async function drawnPicture(): Promise<Gray> {
  const { rgb } = drawFaceRgb({ age: 30, seed: 1, size: FACE_SIDE });
  const raw = { width: FACE_SIDE, height: FACE_SIDE, channels: 3 as const };
  const background = { r: 130, g: 130, b: 130 };
  const photo = sharp({ create: { ...PICTURE, channels: 3, background } });
  photo.composite([{ input: Buffer.from(rgb), raw, left: 200, top: 120 }]);
  return (await readWorkingPicture(await photo.jpeg().toBuffer(), LIMITS)).pyramid.base;
}

/** Undefined if no face is found. */
async function costOf(
  picture: Gray,
  detect: Detect,
  rounds: number,
): Promise<PhotoCost | undefined> {
  let views = 0;
  const face = await findLargestFace(new Pyramid(picture), (squares) => {
    views += squares.length;
    return detect(squares);
  });
  if (face === undefined) return undefined;
  const find = async (): Promise<Pyramid> => {
    const pyramid = new Pyramid(picture);
    await findLargestFace(pyramid, detect);
    return pyramid;
  };
  const pyramid = await find();
  const align = () => alignFace(pyramid, face.landmarks, utkFrame, AGE_INPUT_SIDE);
  return {
    findMs: await medianOf(find, rounds),
    alignMs: await medianOf(align, rounds),
    views,
  };
}

async function medianOf(work: () => unknown, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await cpuMsPerCall(work, TIMES));
  return spreadOf(times).median;
}

function render(costs: readonly PhotoCost[]): string {
  const row = (name: string, values: readonly number[]): string[] => {
    const { median, low, high } = spreadOf(values);
    return [name, ...[median, low, high].map((value) => value.toFixed(2))];
  };
  const header = [`${costs.length} photos`, 'median', 'lowest', 'highest'];
  const rows = [
    row(
      'finding and aligning, CPU ms',
      costs.map(({ findMs, alignMs }) => findMs + alignMs),
    ),
    row(
      'finding, CPU ms',
      costs.map(({ findMs }) => findMs),
    ),
    row(
      'aligning, CPU ms',
      costs.map(({ alignMs }) => alignMs),
    ),
    row(
      'views',
      costs.map(({ views }) => views),
    ),
  ];
  return markdownTable(header, rows, { rightFrom: 1 });
}
