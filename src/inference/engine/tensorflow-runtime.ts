import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tensorflow from '@tensorflow/tfjs-node-gpu';
import { setEnvironmentDefault } from '../../common/config/config.ts';

/** The whole tfjs-node API; networks and training import it from here. */
export type TensorFlow = typeof tensorflow;
export type { tensorflow };

/** Native TensorFlow is not installed or does not load; the message says what to do. */
export class TensorFlowMissingError extends Error {
  override readonly name = 'TensorFlowMissingError';

  constructor(cause: unknown) {
    super(
      'Native TensorFlow is not installed. Run `npm run setup:tensorflow`, or use ENGINE=onnxruntime.',
      { cause },
    );
  }
}

/**
 * Loads native TensorFlow into this thread.
 * @throws TensorFlowMissingError if the addon is not built or does not load
 */
export function loadTensorFlow(): TensorFlow {
  setEnvironmentDefault('TF_FORCE_GPU_ALLOW_GROWTH', 'true');
  setEnvironmentDefault('TF_CPP_MIN_LOG_LEVEL', '2');
  // tfjs-node 4.22 calls util.isNullOrUndefined, which Node 23 removed.
  const legacyUtil = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacyUtil.isNullOrUndefined ??= (value) => value === null || value === undefined;
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as TensorFlow;
  } catch (error) {
    throw new TensorFlowMissingError(error);
  }
}
