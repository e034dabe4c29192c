/**
 * The bin that a value falls into: bin i holds edges[i] ≤ value < edges[i + 1]. The outer bins are open, so that
 * every value has its bin.
 * @param edges ascending, at least two
 */
export function binOf(edges: readonly number[], value: number): number {
  let bin = edges.length - 2;
  while (bin > 0 && value < edges[bin]!) bin -= 1;
  return bin;
}

/** How many of the values fall into each bin. */
export function countInBins(edges: readonly number[], values: Iterable<number>): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) counts[binOf(edges, value)]! += 1;
  return counts;
}

/** The bounds of a scale; what lies beyond counts in the outer bins. */
export interface Scale {
  low: number;
  high: number;
}

const DIGITS = 4;

/**
 * Edges of bins that hold about equally many of the values. Equal values are never told apart, so where many are there
 * are fewer bins; at least one.
 * @param bins at most so many
 */
export function quantileEdges(values: readonly number[], { low, high }: Scale, bins: number) {
  const ascending = Float64Array.from(values).sort();
  const edges = [low];
  for (let bin = 1; bin < bins; bin++) {
    const edge = Number(ascending[Math.floor((bin * ascending.length) / bins)]!.toFixed(DIGITS));
    if (edge > edges.at(-1)! && edge < high) edges.push(edge);
  }
  return [...edges, high];
}
