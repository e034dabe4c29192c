import type { Metrics } from '../../common/metrics/metrics.ts';
import { PhotoEstimator, type OneFaceMode, type PhotoEstimate } from '../../inference/estimator.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import type { LocalModel } from '../../registry/loading/local-model.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';

/** Estimates the age in one photo; throws the ServiceError with which the service would respond. */
export type EstimatePhoto = (bytes: Uint8Array) => Promise<PhotoEstimate>;

/**
 * How photos are taken by a version: as the caller asked; by default as the service does, which finds faces if the version has
 * a framing.
 * @throws Error if faces must be found by a version without framing; the version is closed then
 */
export async function faceModeOf(
  { model, close }: Pick<LocalModel, 'model' | 'close'>,
  faces?: OneFaceMode,
): Promise<OneFaceMode> {
  if (model.framing.kind === 'aligned') return faces ?? 'largest';
  if (faces !== 'largest') return 'none';
  await close();
  const { version } = model.manifest;
  throw new Error(
    `Version ${version} has no framing, so it cannot find faces: evaluate it with --faces none, or publish it with a framing: refresh ${version} --framing aligned.`,
  );
}

/** Estimates ages with the code of the service, without HTTP and without budgets for decoding. */
export function estimatePhotosWith(
  model: LoadedModel,
  mode: OneFaceMode,
  { metrics, maxPixels }: { metrics: Metrics; maxPixels: number },
): EstimatePhoto {
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels });
  const { signal } = new AbortController();
  return async (bytes) => {
    const queue = model.batcher.reserve(1);
    try {
      const context = { model, queue, signal, deadlineAtMs: Infinity };
      return await estimator.estimate({ bytes }, context, mode);
    } finally {
      queue.release();
    }
  };
}
