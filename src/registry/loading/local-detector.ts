import type { Engine, EngineArtifact, EngineModel } from '../../inference/engine/engine.ts';
import { DETECTOR_OUTPUTS, readDetections, type Detection } from '../../inference/faces/anchors.ts';
import type { DetectorManifest } from '../detector/detector-manifest.ts';
import type { LocalDetector } from '../registry.ts';
import { GoldenMismatchError } from './verify-artifact.ts';

/**
 * Loads a detector and checks that it sees in its golden pictures what it saw when it was converted.
 * @throws GoldenMismatchError if it does not
 */
export async function loadDetector(
  engine: Pick<Engine, 'load'>,
  { directory, manifest }: LocalDetector,
): Promise<EngineModel> {
  const model = await engine.load(artifactOf(directory, manifest));
  try {
    for (const [index, { pixels, detections }] of manifest.golden.entries()) {
      const output = await model.run(Uint8Array.from(Buffer.from(pixels, 'base64')), 1);
      const difference = differenceOf(detections, output, manifest);
      if (difference !== undefined)
        throw new GoldenMismatchError(`golden sample ${index} of the face detector ${difference}`);
    }
    return model;
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function artifactOf(directory: string, { input }: DetectorManifest): EngineArtifact {
  const { width, height, mean, std } = input;
  return { directory, width, height, mean, std, outputLength: DETECTOR_OUTPUTS };
}

function differenceOf(
  expected: readonly Detection[],
  output: Float32Array,
  { tolerance, goldenMinScore }: DetectorManifest,
): string | undefined {
  const found = readDetections(output, goldenMinScore);
  for (const [index, one] of expected.entries()) {
    const other = found[index];
    if (other === undefined) return 'shows no face';
    const score = Math.abs(one.score - other.score);
    if (!(score <= tolerance.score)) return `differs by ${score.toFixed(3)} in its score`;
    const pixels = largestShift(one, other);
    if (!(pixels <= tolerance.pixels)) return `differs by ${pixels.toFixed(2)} pixels`;
  }
  return undefined;
}

function largestShift(one: Detection, other: Detection): number {
  const shifts = (Object.keys(one.landmarks) as (keyof Detection['landmarks'])[]).map((name) =>
    Math.hypot(
      one.landmarks[name].x - other.landmarks[name].x,
      one.landmarks[name].y - other.landmarks[name].y,
    ),
  );
  return Math.max(
    ...shifts,
    Math.abs(one.box.x - other.box.x),
    Math.abs(one.box.width - other.box.width),
  );
}
