import { createMetrics } from '../../../src/common/metrics/metrics.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { LoadModel } from '../../../src/registry/loading/loaded-model.ts';
import {
  createModelLoader,
  type ModelLoaderOptions,
} from '../../../src/registry/loading/model-loader.ts';
import type { FakeEngine } from '../fakes/fake-engine.ts';
import type { ModelFolder } from './model-folder.ts';

/** Loads versions of a folder into an engine, which gets batches of up to six photos. */
export function createTestLoader(
  folder: ModelFolder,
  engine: FakeEngine,
  options: Partial<ModelLoaderOptions> = {},
): LoadModel {
  return createModelLoader({
    registry: new FileRegistry(folder.root),
    modelName: 'face-age',
    engine,
    batching: { maxSize: 6, maxWaitMs: 0, queueMaxImages: 32 },
    metrics: createMetrics(),
    ...options,
  });
}
