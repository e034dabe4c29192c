import type { Manifest } from '../registry/manifest.ts';
import { driftFeatures, type DriftFeature } from './features.ts';
import { countInBins, quantileEdges, type Scale } from './histogram.ts';

/** A feature's values on the photos that traffic will be compared with. */
export type FeatureValues = Partial<Record<DriftFeature, readonly number[]>>;

const MAX_BINS = 10;
/** With fewer in a bin, chance alone would make traffic look different. */
const MIN_PHOTOS_IN_BIN = 20;

/**
 * Bins of equal counts where values are spread over a scale; for sizes octaves, as training photos often all have the
 * same size, which leaves no quantiles to tell.
 */
const scales: Readonly<Record<DriftFeature, Scale | 'octaves'>> = {
  predicted_age: { low: 0, high: 100 },
  confidence: { low: 0, high: 1 },
  brightness: { low: 0, high: 255 },
  contrast: { low: 0, high: 128 },
  photo_size: 'octaves',
};

/** 16, 32 … 16384 pixels: nothing smaller is answered. */
const octaves = Array.from({ length: 11 }, (_, power) => 2 ** (power + 4));

/** The reference histograms of a manifest. A feature without values has none. */
export function referenceOf(values: FeatureValues): Manifest['reference'] {
  const reference: Manifest['reference'] = {};
  for (const feature of driftFeatures) {
    const own = values[feature] ?? [];
    if (own.length === 0) continue;
    const edges = edgesFor(feature, own);
    reference[feature] = { edges, counts: countInBins(edges, own) };
  }
  return reference;
}

function edgesFor(feature: DriftFeature, values: readonly number[]): number[] {
  const scale = scales[feature];
  if (scale === 'octaves') return octaves;
  const bins = Math.min(MAX_BINS, Math.max(2, Math.floor(values.length / MIN_PHOTOS_IN_BIN)));
  return quantileEdges(values, scale, bins);
}
