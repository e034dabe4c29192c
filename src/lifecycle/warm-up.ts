import type { EngineModel } from '../engine/engine.ts';

/** Batches are padded up to one of these: powers of two, and the largest itself. */
export function batchSizesUpTo(maxSize: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < maxSize; size *= 2) sizes.push(size);
  return [...sizes, maxSize];
}

/**
 * Runs the network at every batch size it will meet, with a picture like those it will see: runtimes plan and
 * allocate for a shape when they first meet it.
 * @param picture one image's pixels.
 */
export async function warmUp(
  model: EngineModel,
  picture: Uint8Array,
  sizes: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  for (const size of sizes) {
    signal?.throwIfAborted();
    const pixels = new Uint8Array(size * picture.length);
    for (let image = 0; image < size; image += 1) pixels.set(picture, image * picture.length);
    await model.run(pixels, size);
  }
}
