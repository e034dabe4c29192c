import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '../../../common/random.ts';
import { drawFaceJpeg } from '../../../drawing/draw-face.ts';
import {
  type EngineModel,
  graphFiles,
  type EngineArtifact,
} from '../../../inference/engine/engine.ts';
import { createOnnxEngine } from '../../../inference/engine/onnx-engine.ts';
import { createAgeHead, type AgeHeadSpec, type Bucket } from '../../../inference/head/age-head.ts';
import { preprocess } from '../../../inference/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Golden, Manifest } from '../../../registry/manifest.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import type { ValidationPhotos } from '../validation-photos.ts';
import { calibrate } from './calibration.ts';
import { driftReference } from './drift-reference.ts';
import {
  feedbackFigures,
  type FeedbackFigures,
  type FeedbackValidation,
  answersOf,
} from './feedback-figures.ts';

const DRAWN_AGES = [6, 34, 71];

/** Drawn faces and seeded noise with the network's raw output: what every load must reproduce. */
export async function goldenSamples(network: EngineModel, spec: PreprocessSpec): Promise<Golden[]> {
  const faces = DRAWN_AGES.map(async (age, seed) => {
    const drawing = drawFaceJpeg({ age, seed });
    return (await preprocess(drawing, spec, { maxPixels: 1_000_000 })).pixels;
  });
  const samples: Golden[] = [];
  for (const pixels of [...(await Promise.all(faces)), noise(spec.width * spec.height)]) {
    const output = await network.run(pixels.slice(), 1);
    samples.push({
      pixels: Buffer.from(pixels).toString('base64'),
      output: [...output],
      tolerance: { onnxruntime: 1e-4, tensorflow: 1e-4 },
    });
  }
  return samples;
}

function noise(length: number): Uint8Array {
  const random = seededRandom(1);
  return Uint8Array.from({ length }, () => random() * 256);
}

/** Loads an exported graph, as the service does, from a temporary folder for as long as `use` runs. */
export async function withServingNetwork<Result>(
  graph: Uint8Array,
  { width, height, mean, std, outputLength, precision = 'fp32' }: Omit<EngineArtifact, 'directory'>,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-'));
  try {
    await writeFile(path.join(directory, graphFiles[precision]), graph);
    const engine = createOnnxEngine({ threads: 0 });
    const artifact = { directory, width, height, mean, std, outputLength, precision };
    const network = await engine.load(artifact);
    try {
      return await use(network);
    } finally {
      await network.dispose();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is derived from a network's answers, as the service gives them. */
export interface NetworkEvaluation {
  head: AgeHeadSpec;
  evaluated: EvaluatedPhoto[];
  reference: Manifest['reference'];
  golden: Golden[];
  feedback: FeedbackFigures | undefined;
}

/** @param uncalibrated reads the answers as they are; calibrated here where they are distributions over ages */
export async function evaluateNetwork(
  network: EngineModel,
  {
    uncalibrated,
    buckets,
    preprocess,
    validation,
    feedback,
  }: {
    uncalibrated: AgeHeadSpec;
    buckets: readonly Bucket[];
    preprocess: PreprocessSpec;
    validation: ValidationPhotos;
    feedback?: FeedbackValidation | undefined;
  },
): Promise<NetworkEvaluation> {
  const { photos, labelled } = validation;
  const outputs = await answersOf(network, photos);
  const answered = outputs.map((output, index) => ({ age: labelled[index]!.age, output }));
  const head = uncalibrated.kind === 'buckets' ? uncalibrated : calibrate(answered, buckets);
  const ageHead = createAgeHead(head, buckets);
  const evaluated = answered.map(({ age, output }, index) => ({
    age,
    estimate: ageHead.interpret(output),
    groups: labelled[index]!.groups,
  }));
  return {
    head,
    evaluated,
    reference: await driftReference(validation, evaluated),
    feedback: feedback && (await feedbackFigures(network, ageHead, feedback)),
    golden: await goldenSamples(network, preprocess),
  };
}
