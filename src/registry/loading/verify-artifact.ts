import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Device, EngineModel, EngineName, Precision } from '../../inference/engine/engine.ts';
import { isNeededToServe, type ManifestFile, type Manifest } from '../manifest.ts';
import type { LocalArtifact } from '../registry.ts';
import { inputLength } from '../../inference/preprocess/spec.ts';

/** A version cannot be loaded here, or its files do not match its manifest; the message says which and why. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/**
 * Reads every file that is needed to serve once and compares its size and SHA-256 with the manifest.
 * @throws ArtifactError that names the first file that differs; the signal's reason
 */
export async function verifyArtifact(
  { directory, manifest }: LocalArtifact,
  signal?: AbortSignal,
): Promise<void> {
  for (const file of manifest.files.filter(isNeededToServe)) {
    signal?.throwIfAborted();
    await verifyFile(directory, file);
  }
}

/** @throws ArtifactError if the file differs from what its manifest says */
export async function verifyFile(
  directory: string,
  { path, bytes, sha256 }: ManifestFile,
): Promise<void> {
  const hash = createHash('sha256');
  const stream = createReadStream(join(directory, path));
  await pipeline(stream, hash).catch((error: unknown) => {
    throw new ArtifactError(`${path} cannot be read`, { cause: error });
  });
  if (stream.bytesRead !== bytes) {
    throw new ArtifactError(`${path} has ${stream.bytesRead} bytes, the manifest says ${bytes}`);
  }
  const found = hash.digest('hex');
  if (found !== sha256) {
    throw new ArtifactError(`${path} has SHA-256 ${found}, the manifest says ${sha256}`);
  }
}

/** Identifies an artifact by its content: SHA-256 over the checksums of its files. */
export function artifactDigest(files: readonly ManifestFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${path}:${sha256}\n`).toSorted();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** The tolerance if a sample has none for the engine. GPUs round differently (TF32). */
const defaultTolerance: Record<Device, number> = { cpu: 1e-4, gpu: 1e-2 };

/** A network does not reproduce the outputs that it had when it was published. */
export class GoldenMismatchError extends Error {
  override readonly name = 'GoldenMismatchError';
}

export interface GoldenCheckOptions {
  manifest: Manifest;
  engine: { name: EngineName; device: Device };
  outputLength: number;
  /** fp32 by default. */
  precision?: Precision;
}

/** The expected output for a picture. */
interface Expected {
  output: readonly number[];
  tolerance: number;
}

/**
 * Runs each golden sample and compares the raw output with the manifest's.
 * @throws GoldenMismatchError that names the sample and the difference
 */
export async function checkGolden(model: EngineModel, options: GoldenCheckOptions): Promise<void> {
  const { manifest, engine, outputLength, precision } = options;
  const pixelCount = inputLength(manifest.preprocess);
  for (const [index, golden] of manifest.golden.entries()) {
    const pixels = Uint8Array.from(Buffer.from(golden.pixels, 'base64'));
    const expected = expectedOf(index, options);
    if (pixels.length !== pixelCount || expected.output.length !== outputLength) {
      throw new GoldenMismatchError(
        `golden sample ${index} has ${pixels.length} pixels and ${expected.output.length} outputs, expected ${pixelCount} and ${outputLength}`,
      );
    }
    const output = await model.run(pixels, 1);
    const difference = largestDifference(output, expected);
    const { tolerance } = expected;
    if (!(difference <= tolerance)) {
      throw new GoldenMismatchError(
        `golden sample ${index} differs by ${difference.toExponential(1)}${precision === 'int8' ? ' in 8 bits' : ''}; ${engine.name} may differ by ${tolerance.toExponential(1)}`,
      );
    }
  }
}

function expectedOf(index: number, { manifest, engine, precision }: GoldenCheckOptions): Expected {
  if (precision === 'int8') return manifest.int8!.golden[index]!;
  const { output, tolerance } = manifest.golden[index]!;
  return { output, tolerance: tolerance[engine.name] ?? defaultTolerance[engine.device] };
}

/** NaN if any difference is NaN, which no tolerance accepts. */
function largestDifference(output: Float32Array, { output: expected }: Expected): number {
  return expected.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(output[index]! - value)),
    0,
  );
}
