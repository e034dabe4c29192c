/** A seeded stream of numbers in [0, 1): the same seed gives the same stream on every machine. */
export type Random = () => number;

/** Mulberry32 (T. Ettinger, public domain): 32 bits of state are enough for pictures, shuffling and augmentation. */
export function mulberry32(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return mixBits(state) / 2 ** 32;
  };
}

/** A stream from several seeds, which are mixed so that neighboring seeds give unrelated streams. */
export function seededRandom(...seeds: readonly number[]): Random {
  return mulberry32(
    seeds.reduce((mixed, seed) => mixBits((mixed ^ seed) + 0x9e3779b9), 0x2545f491),
  );
}

function mixBits(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return (bits ^ (bits >>> 14)) >>> 0;
}

export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** Draws from the standard normal distribution (Box–Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Draws from Beta(a, a) by Jöhnk's method (1964): U^(1/a) / (U^(1/a) + V^(1/a)), given that the sum is at most 1.
 */
export function symmetricBeta(random: Random, a: number): number {
  for (;;) {
    const x = random() ** (1 / a);
    const y = random() ** (1 / a);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

/** The numbers 0 to count − 1 in random order (Fisher–Yates). */
export function permutation(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
