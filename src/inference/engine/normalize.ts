/**
 * Makes the network's input of grey levels: x = (u8 / 255 − mean) / std.
 * @param target takes pixels.length values from its start.
 */
export type Normalise = (pixels: Uint8Array, target: Float32Array) => void;

/** There are 256 grey levels, so there are 256 answers: a table is looked up in the loop. */
export function createNormalise({ mean, std }: { mean: number; std: number }): Normalise {
  const table = Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / std);
  return (pixels, target) => {
    for (let index = 0; index < pixels.length; index += 1) target[index] = table[pixels[index]!]!;
  };
}
