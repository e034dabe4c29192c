import type { Device, EngineModel, EngineName } from '../engine/engine.ts';
import type { Golden, Manifest } from '../registry/manifest.ts';

/** Where a sample names no tolerance for the engine. GPUs round differently (TF32). */
const defaultTolerance: Record<Device, number> = { cpu: 1e-4, gpu: 1e-2 };

/** A network that does not compute what it computed when it was published. */
export class GoldenMismatchError extends Error {
  override readonly name = 'GoldenMismatchError';
}

export interface GoldenCheckOptions {
  manifest: Manifest;
  engine: { name: EngineName; device: Device };
  outputLength: number;
}

/**
 * Runs each golden sample and holds the raw output against the manifest's.
 * @throws GoldenMismatchError naming the sample and the difference.
 */
export async function checkGolden(model: EngineModel, options: GoldenCheckOptions): Promise<void> {
  const { manifest, engine, outputLength } = options;
  const pixelCount = manifest.preprocess.width * manifest.preprocess.height;
  for (const [index, golden] of manifest.golden.entries()) {
    const pixels = Uint8Array.from(Buffer.from(golden.pixels, 'base64'));
    if (pixels.length !== pixelCount || golden.output.length !== outputLength) {
      throw new GoldenMismatchError(
        `golden sample ${index} has ${pixels.length} pixels and ${golden.output.length} outputs, not ${pixelCount} and ${outputLength}`,
      );
    }
    const output = await model.run(pixels, 1);
    const difference = largestDifference(output, golden);
    const tolerance = golden.tolerance[engine.name] ?? defaultTolerance[engine.device];
    if (!(difference <= tolerance)) {
      throw new GoldenMismatchError(
        `golden sample ${index} differs by ${difference.toExponential(1)}; ${engine.name} may by ${tolerance.toExponential(1)}`,
      );
    }
  }
}

/** NaN where any difference is: no tolerance admits it. */
function largestDifference(output: Float32Array, golden: Golden): number {
  return golden.output.reduce(
    (largest, expected, index) => Math.max(largest, Math.abs(output[index]! - expected)),
    0,
  );
}
