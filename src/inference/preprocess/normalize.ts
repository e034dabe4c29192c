/** The scale of a network's input, as its manifest states it. */
export interface Normalization {
  /** Of gray levels divided by 255. */
  mean: number;
  /** Of gray levels divided by 255; positive. */
  std: number;
}

/**
 * Converts gray levels (0 to 255) to the network's input, x = (level / 255 − mean) / std.
 * @param target receives `levels.length` values from its start; it may be `levels` itself.
 */
export type Normalize = (levels: Uint8Array | Float32Array, target: Float32Array) => void;

/**
 * The only normalization there is: serving and training both use it, so a network sees the same input in both.
 * Whole gray levels are looked up in a table of 256 values. Augmented training photos hold fractional levels, which are
 * computed one by one with the same result for whole ones.
 */
export function createNormalize(normalization: Normalization): Normalize {
  const table = Float32Array.from({ length: 256 }, (_, level) =>
    normalizeLevel(level, normalization),
  );
  return (levels, target) => {
    if (levels instanceof Uint8Array) lookUp(levels, target, table);
    else compute(levels, target, normalization);
  };
}

function lookUp(levels: Uint8Array, target: Float32Array, table: Float32Array): void {
  for (let index = 0; index < levels.length; index += 1) target[index] = table[levels[index]!]!;
}

function compute(levels: Float32Array, target: Float32Array, normalization: Normalization): void {
  for (let index = 0; index < levels.length; index += 1)
    target[index] = normalizeLevel(levels[index]!, normalization);
}

function normalizeLevel(level: number, { mean, std }: Normalization): number {
  return (level / 255 - mean) / std;
}
