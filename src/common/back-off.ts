export interface BackOffOptions {
  minMs: number;
  maxMs: number;
}

/** The wait after so many failures in a row (from 1): doubles, up to the longest. */
export function backOffMs(failures: number, { minMs, maxMs }: BackOffOptions): number {
  return Math.min(minMs * 2 ** (failures - 1), maxMs);
}
