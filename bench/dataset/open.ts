/** Opens a data set as training does, in a process of its own, and tells what that took; see `bench/dataset.ts`. */
import { openDataset } from '../../src/learning/dataset/open-dataset.ts';
import { defaultPreprocessSpec } from '../../src/inference/preprocess/spec.ts';
import { createPhotoSet } from '../../src/learning/training/batches/photo-set.ts';

export interface OpeningCost {
  photos: number;
  seconds: number;
  /** Largest resident memory, threads included. */
  peakBytes: number;
}

const [location, cacheRoot, side] = process.argv.slice(2) as [string, string, string];
const startMs = performance.now();
const dataset = await openDataset({
  source: { location, s3: { forcePathStyle: false, checksumMode: 'when_supported' } },
  spec: { ...defaultPreprocessSpec, width: Number(side), height: Number(side) },
  cacheRoot,
  valShare: 0.1,
  tuningShare: 0,
});
const train = createPhotoSet(dataset, dataset.photosOf('train'));
const validation = createPhotoSet(dataset, dataset.photosOf('val'));
const cost: OpeningCost = {
  photos: train.count + validation.count,
  seconds: (performance.now() - startMs) / 1000,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(cost));
