import { availableParallelism } from 'node:os';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import { createOnnxEngine } from '../../../inference/engine/onnx-engine.ts';
import { createAgeHead } from '../../../inference/head/age-head.ts';
import { outputRowLength } from '../../../inference/head/face-output.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import { findModel, type ReferenceDefaults } from '../../../registry/model-reference.ts';
import { PhotoReader, type PhotoSet } from './photo-set.ts';
import { AGE_COUNT } from './targets.ts';

const BATCH_SIZE = 64;

/** The outputs of the teachers for the training photos, AGE_COUNT probabilities each; shared with the batch worker. */
export type TeacherOutputs = Float32Array<SharedArrayBuffer>;

export interface TeacherOptions {
  /** References to versions, as `findModel` accepts them. */
  teachers: readonly string[];
  registry: ReferenceDefaults;
  normalization: { mean: number; std: number };
  onProgress?: (done: number, total: number) => void;
}

/**
 * Computes the soft targets for distillation: the mean of the teachers' outputs for each photo and its mirror image
 * (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015). Since a photo and its mirror image
 * share a target, the student learns in one pass what the teachers compute in two.
 * @throws RegistryError if a version does not exist; Error if it does not output ages or expects different photos
 */
export async function teacherOutputs(
  photos: PhotoSet,
  { teachers, registry, normalization, onProgress }: TeacherOptions,
): Promise<TeacherOutputs> {
  const length = photos.count * AGE_COUNT * Float32Array.BYTES_PER_ELEMENT;
  const sums: TeacherOutputs = new Float32Array(new SharedArrayBuffer(length));
  const total = photos.count * teachers.length;
  for (const [index, reference] of teachers.entries()) {
    const { name, version, registry: store } = await findModel(reference, registry);
    const { directory, manifest } = await store.fetchArtifact(name, version);
    requireSameInput(reference, manifest, { ...normalization, side: photos.side });
    await withNetwork(directory, manifest, (network) =>
      addOutputs(network, photos, sums, (done) => onProgress?.(index * photos.count + done, total)),
    );
  }
  const share = 1 / (2 * teachers.length);
  for (let at = 0; at < sums.length; at++) sums[at]! *= share;
  return sums;
}

function requireSameInput(
  reference: string,
  { head, buckets, preprocess: { width, height, mean, std } }: Manifest,
  expected: { side: number; mean: number; std: number },
): void {
  const { outputLength } = createAgeHead(head, buckets);
  if (outputLength !== AGE_COUNT) {
    throw new Error(
      `${reference} cannot be a teacher: it outputs ${outputLength} values instead of ${AGE_COUNT} ages`,
    );
  }
  const same = width === expected.side && height === expected.side;
  if (same && mean === expected.mean && std === expected.std) return;
  throw new Error(
    `${reference} cannot be a teacher: it expects photos of ${width}×${height} with mean ${mean} and std ${std}`,
  );
}

async function withNetwork(
  directory: string,
  { preprocess: { width, height, mean, std }, face }: Manifest,
  use: (network: EngineModel) => Promise<void>,
): Promise<void> {
  const engine = createOnnxEngine({ threads: availableParallelism() });
  const outputLength = outputRowLength({ outputLength: AGE_COUNT }, face);
  const shape = { width, height, mean, std, outputLength };
  const network = await engine.load({ directory, ...shape });
  try {
    await use(network);
  } finally {
    await network.dispose();
  }
}

async function addOutputs(
  network: EngineModel,
  photos: PhotoSet,
  sums: TeacherOutputs,
  onProgress: (done: number) => void,
): Promise<void> {
  const reader = new PhotoReader(photos);
  try {
    for (let first = 0; first < photos.count; first += BATCH_SIZE) {
      const rows = Math.min(BATCH_SIZE, photos.count - first);
      const pixels = readRows(reader, first, rows, photos.side);
      const mirrored = mirrorRows(pixels, photos.side);
      for (const view of [pixels, mirrored])
        addAges(sums.subarray(first * AGE_COUNT), await network.run(view, rows), rows);
      onProgress(first + rows);
    }
  } finally {
    reader.close();
  }
}

function readRows(reader: PhotoReader, first: number, rows: number, side: number): Uint8Array {
  const length = side * side;
  const pixels = new Uint8Array(rows * length);
  for (let row = 0; row < rows; row++)
    reader.read(first + row, pixels.subarray(row * length, (row + 1) * length));
  return pixels;
}

/** Returns a copy in which every row of pixels is reversed. */
function mirrorRows(pixels: Uint8Array, side: number): Uint8Array {
  const mirrored = pixels.slice();
  for (let start = 0; start < mirrored.length; start += side)
    mirrored.subarray(start, start + side).reverse();
  return mirrored;
}

/** Adds the ages of each row; the face probability, which may follow them, is left out. */
function addAges(sums: Float32Array, outputs: Float32Array, rows: number): void {
  const length = outputs.length / rows;
  for (let row = 0; row < rows; row++) {
    for (let age = 0; age < AGE_COUNT; age++)
      sums[row * AGE_COUNT + age]! += outputs[row * length + age]!;
  }
}
