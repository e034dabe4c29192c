import type { EngineArtifact } from './engine.ts';

/** @throws RangeError where the pixels are not those of so many images. */
export function checkPixels(pixels: Uint8Array, count: number, artifact: EngineArtifact): void {
  const expected = count * artifact.height * artifact.width;
  if (count < 1 || pixels.length !== expected) {
    throw new RangeError(`${pixels.length} pixels for ${count} images, not ${expected}`);
  }
}

/** @throws RangeError where the network did not answer count × outputLength values. */
export function checkOutput(output: Float32Array, count: number, artifact: EngineArtifact): void {
  const expected = count * artifact.outputLength;
  if (output.length !== expected) {
    throw new RangeError(
      `the network answered ${output.length} values for ${count} images, not ${expected}`,
    );
  }
}
