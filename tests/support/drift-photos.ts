import { normal, seededRandom, type Random } from '../../src/common/random.ts';
import { type PhotoTraits, referenceOf } from '../../src/registry/drift/reference-histograms.ts';
import type { WatchedModel } from '../../src/serving/drift/drift-monitor.ts';
import { exampleManifest } from './models/example-manifest.ts';

/** Plausible traits of a photo; all but the size are drawn around typical values. */
export function randomTraits(random: Random, changes: { darkerBy?: number } = {}): PhotoTraits {
  const best = 0.3 + 0.7 * random();
  return {
    estimate: {
      mean: Math.max(0, 33 + 18 * normal(random)),
      bucketProbabilities: () => [best, 1 - best],
    },
    gray: {
      mean: 120 + 25 * normal(random) - (changes.darkerBy ?? 0),
      std: Math.abs(50 + 12 * normal(random)),
    },
    photo: random() < 0.9 ? { width: 200, height: 200 } : { width: 640, height: 480 },
  };
}

/** A version with a reference of this many random photos; without one by default. */
export function watchedModel(referencePhotos: number, version = 1, seed = 1): WatchedModel {
  const random = seededRandom(seed, 99);
  const traits = Array.from({ length: referencePhotos }, () => randomTraits(random));
  const reference = referenceOf({
    predicted_age: traits.map(({ estimate }) => estimate.mean),
    confidence: traits.map(({ estimate }) => Math.max(...estimate.bucketProbabilities())),
    brightness: traits.map(({ gray }) => gray.mean),
    contrast: traits.map(({ gray }) => gray.std),
    photo_size: traits.map(({ photo }) => Math.min(photo.width, photo.height)),
  });
  return { manifest: exampleManifest({ version, reference }) };
}
