import type { EngineArtifact, EngineModel } from './engine.ts';

/** Whether a runtime's error says that the device's memory is spent; there is only the message to tell by. */
export function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof Error &&
    /\bOOM\b|out of memory|resource.?exhausted|failed to allocate|bad.?alloc/i.test(error.message)
  );
}

/**
 * Runs a batch, and where memory does not suffice each of its halves.
 * @throws the network's error; one of memory only where not even one image fits.
 */
export async function runWithinMemory(
  model: Pick<EngineModel, 'run'>,
  artifact: EngineArtifact,
  pixels: Uint8Array,
  count: number,
): Promise<Float32Array> {
  try {
    return await model.run(pixels, count);
  } catch (error) {
    if (count === 1 || !isOutOfMemory(error)) throw error;
  }
  const half = Math.floor(count / 2);
  const pixelsOfHalf = half * artifact.height * artifact.width;
  const output = new Float32Array(count * artifact.outputLength);
  output.set(await runWithinMemory(model, artifact, pixels.subarray(0, pixelsOfHalf), half));
  output.set(
    await runWithinMemory(model, artifact, pixels.subarray(pixelsOfHalf), count - half),
    half * artifact.outputLength,
  );
  return output;
}
