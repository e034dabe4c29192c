import type { Device, EngineModel } from '../inference/engine/engine.ts';

/**
 * The batch sizes that will run; others are padded up to one. A CPU's cost follows the count, so it gets every
 * size; a GPU plans for each size at some length and hardly notices padding, so it gets powers of two.
 */
export function batchSizesUpTo(maxSize: number, device: Device): number[] {
  if (device === 'cpu') return Array.from({ length: maxSize }, (_, index) => index + 1);
  const sizes: number[] = [];
  for (let size = 1; size < maxSize; size *= 2) sizes.push(size);
  return [...sizes, maxSize];
}

/**
 * Runs the network at every batch size it will meet, with a picture like those it will see: runtimes plan and
 * allocate for a shape when they first meet it. Each instance of the engine does.
 * @param picture one image's pixels.
 */
export async function warmUp(
  model: EngineModel,
  picture: Uint8Array,
  sizes: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  for (const instance of model.instances ?? [model]) {
    for (const size of sizes) {
      signal?.throwIfAborted();
      const pixels = new Uint8Array(size * picture.length);
      for (let image = 0; image < size; image += 1) pixels.set(picture, image * picture.length);
      await instance.run(pixels, size);
    }
  }
}
