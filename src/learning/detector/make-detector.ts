import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawFaceRgb } from '../../drawing/draw-face.ts';
import { createOnnxEngine } from '../../inference/engine/onnx-engine.ts';
import {
  DETECTOR_OUTPUTS,
  DETECTOR_SIDE,
  readDetections,
  type Detection,
} from '../../inference/faces/anchors.ts';
import { rec601Luma } from '../../inference/preprocess/picture.ts';
import {
  DETECTOR_GRAPH,
  DETECTOR_NAME,
  detectorManifestSchema,
  type DetectorManifest,
} from '../../registry/detector/detector-manifest.ts';
import { moveInto, partialOf } from '../../registry/partial-folder.ts';
import { convertBlazeface } from './convert-blazeface.ts';
import { fetchPackageFile } from './npm-package.ts';

/** MediaPipe's BlazeFace for faces within two meters of the camera. */
const source = {
  title: 'MediaPipe BlazeFace, short range',
  package: '@mediapipe/face_detection@0.4.1657300184',
  file: 'face_detection_short_range.tflite',
  sha256: '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633',
};

/** Drawn faces whose detections every load must reproduce, as shares of the input. */
const goldenFaces = [
  { age: 8, seed: 11, size: 100 },
  { age: 34, seed: 12, size: 72 },
  { age: 70, seed: 13, size: 50 },
];
const GOLDEN_MIN_SCORE = 0.3;

/**
 * Fetches the weights, converts them and writes a detector's folder.
 * @param folder must not exist; its last part is the version
 * @throws PackageFileError, TfliteError, or Error if the folder exists
 */
export async function makeDetector(folder: string): Promise<DetectorManifest> {
  const graph = convertBlazeface(await fetchPackageFile(source), 1);
  const partial = partialOf(folder);
  await mkdir(partial, { recursive: true });
  await writeFile(path.join(partial, DETECTOR_GRAPH), graph);
  const manifest = detectorManifestSchema.parse({
    ...{ schemaVersion: 1, kind: DETECTOR_NAME, name: DETECTOR_NAME },
    version: Number(path.basename(folder)),
    source,
    license: 'Apache-2.0',
    input: { width: DETECTOR_SIDE, height: DETECTOR_SIDE, channels: 1, mean: 0.5, std: 0.5 },
    files: [
      {
        path: DETECTOR_GRAPH,
        bytes: graph.length,
        sha256: createHash('sha256').update(graph).digest('hex'),
      },
    ],
    golden: await goldenSamples(partial),
    goldenMinScore: GOLDEN_MIN_SCORE,
    tolerance: { score: 0.005, pixels: 0.1 },
  });
  await writeFile(path.join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  if (!(await moveInto(folder, partial))) throw new Error(`${folder} exists already.`);
  return manifest;
}

async function goldenSamples(directory: string): Promise<DetectorManifest['golden']> {
  const engine = createOnnxEngine({ threads: 1 });
  const input = { width: DETECTOR_SIDE, height: DETECTOR_SIDE, mean: 0.5, std: 0.5 };
  const model = await engine.load({ directory, ...input, outputLength: DETECTOR_OUTPUTS });
  try {
    const samples: DetectorManifest['golden'] = [];
    for (const face of goldenFaces) {
      const pixels = goldenPicture(face);
      const output = await model.run(pixels.slice(), 1);
      const detections = readDetections(output, GOLDEN_MIN_SCORE).map(rounded);
      samples.push({ pixels: Buffer.from(pixels).toString('base64'), detections });
    }
    return samples;
  } finally {
    await model.dispose();
    await engine.close();
  }
}

/** A drawn face in the middle of a black square. */
function goldenPicture(face: (typeof goldenFaces)[number]): Uint8Array<ArrayBuffer> {
  const gray = rec601Luma(drawFaceRgb(face).rgb, 3);
  const pixels = new Uint8Array(DETECTOR_SIDE ** 2);
  const margin = (DETECTOR_SIDE - face.size) / 2;
  for (let row = 0; row < face.size; row += 1) {
    const from = row * face.size;
    pixels.set(gray.subarray(from, from + face.size), (margin + row) * DETECTOR_SIDE + margin);
  }
  return pixels;
}

/** To four decimals, which the tolerance covers. */
function rounded(detection: Detection): Detection {
  const round = (_key: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(4)) : value;
  return JSON.parse(JSON.stringify(detection, round)) as Detection;
}
