import { ServiceError } from '../../common/errors.ts';
import { OLDEST_AGE, type Bucket } from './buckets.ts';

/**
 * The age ranges that a network distinguishes: single years, or buckets.
 * Ages are completed years, so the cell of years `starts[i] … starts[i + 1] − 1` covers the exact ages
 * [starts[i], starts[i + 1]), and an edge is where one cell ends and the next starts.
 */
export interface AgeCells {
  /** Ascending, with one more element than there are cells: the last one is where the last cell ends. */
  readonly starts: readonly number[];
  readonly count: number;
  /** The oldest age that the network distinguishes; the last cell also holds all ages above. */
  readonly oldest: number;
}

/** One cell for each year, for a network with an age distribution. */
export function yearCells(minAge: number, maxAge: number): AgeCells {
  const count = maxAge - minAge + 1;
  const starts = Array.from({ length: count + 1 }, (_, index) => minAge + index);
  return { starts, count, oldest: maxAge };
}

/** One cell for each bucket; the last one ends at OLDEST_AGE, whatever end it declares. */
export function bucketCells(buckets: readonly Bucket[]): AgeCells {
  const { min, max } = buckets.at(-1)!;
  const oldest = Math.max(min, Math.min(max, OLDEST_AGE));
  return {
    starts: [...buckets.map((bucket) => bucket.min), oldest + 1],
    count: buckets.length,
    oldest,
  };
}

/**
 * The index of the first cell at or above an age.
 * @throws ServiceError `edge_not_supported` if the age lies within a cell
 */
export function cellFrom(cells: AgeCells, age: number): number {
  if (age <= cells.starts[0]!) return 0;
  const index = cells.starts.indexOf(age);
  if (index !== -1 && index < cells.count) return index;
  throw new ServiceError(
    'edge_not_supported',
    `The model has no edge at age ${age}; its edges are ${describeEdges(cells)}.`,
  );
}

/** The index after the last cell at or below an age; the last cell is open-ended. */
export function cellAfter(cells: AgeCells, age: number): number {
  return age >= cells.oldest ? cells.count : cellFrom(cells, age + 1);
}

function describeEdges({ starts, count }: AgeCells): string {
  const edges = starts.slice(0, count);
  const [youngest, eldest] = [edges[0]!, edges.at(-1)!];
  const isEveryYear = eldest - youngest + 1 === count;
  return isEveryYear ? `every year from ${youngest} to ${eldest}` : edges.join(', ');
}
