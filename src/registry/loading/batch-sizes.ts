import type { Device, EngineModel } from '../../inference/engine/engine.ts';

/**
 * The batch sizes that will run; other sizes are padded to the next one. On a CPU the cost grows with the count, so
 * every size is allowed. A GPU needs long to plan each new size and hardly notices padding, so only powers of two are.
 */
export function batchSizesUpTo(maxSize: number, device: Device): number[] {
  if (device === 'cpu') return Array.from({ length: maxSize }, (_, index) => index + 1);
  const sizes: number[] = [];
  for (let size = 1; size < maxSize; size *= 2) sizes.push(size);
  return [...sizes, maxSize];
}

/**
 * Runs the network once at every batch size that will occur, on each instance of the engine: runtimes plan and allocate
 * memory for a shape when they first see it.
 * @param picture pixels of one realistic image
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
