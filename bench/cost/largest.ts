import type { DecodeCost } from '../../src/inference/decoding/header/coded-picture.ts';

/** One coding of one picture: what it was estimated to cost and what it cost. */
export interface CostRow {
  format: string;
  coding: string;
  content: string;
  megapixels: number;
  fileBytes: number;
  estimate: DecodeCost;
  measured: DecodeCost;
}

/** The default settings that bound a photo and a request. */
export interface CostBounds {
  maxPixels: number;
  maxFileBytes: number;
  memoryBytes: number;
  maxCpuMs: number;
  /** Estimates of all photos of a request. */
  requestCpuMs: number;
  maxPhotos: number;
  /** Expensive photos at the same time. */
  workers: number;
}

/** The most that a photo and a request of a coding may cost, extrapolated from a smaller picture. */
export interface LargestCost {
  format: string;
  coding: string;
  megapixels: number;
  photoSeconds: number;
  memoryMegabytes: number;
  photos: number;
  requestSeconds: number;
  requestsPerSecond: number;
}

/** Enlarges a measured picture until a bound is reached. All terms of the costs grow with the picture or stay. */
export function largestCost(row: CostRow, bounds: CostBounds): LargestCost {
  const { estimate, measured, megapixels, fileBytes } = row;
  const factor = Math.min(
    bounds.maxPixels / 1e6 / megapixels,
    bounds.maxFileBytes / fileBytes,
    bounds.memoryBytes / estimate.memoryBytes,
    bounds.maxCpuMs / estimate.cpuMs,
  );
  const photos = Math.min(
    bounds.maxPhotos,
    Math.max(1, Math.floor(bounds.requestCpuMs / (estimate.cpuMs * factor))),
  );
  const photoSeconds = (measured.cpuMs * factor) / 1000;
  return {
    format: row.format,
    coding: `${row.coding}, ${row.content}`,
    megapixels: megapixels * factor,
    photoSeconds,
    memoryMegabytes: (measured.memoryBytes * factor) / 1e6,
    photos,
    requestSeconds: photoSeconds * photos,
    requestsPerSecond: bounds.workers / (photoSeconds * photos),
  };
}

/** For each format, the coding whose requests cost the most time. */
export function largestByFormat(rows: readonly CostRow[], bounds: CostBounds): LargestCost[] {
  const largest = new Map<string, LargestCost>();
  for (const row of rows) {
    const cost = largestCost(row, bounds);
    const before = largest.get(row.format);
    if (before === undefined || cost.requestSeconds > before.requestSeconds)
      largest.set(row.format, cost);
  }
  return [...largest.values()];
}
