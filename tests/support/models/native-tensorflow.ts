import { loadTensorFlow, type TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';

/** Native TensorFlow, if it is installed. */
export const nativeTensorFlow: TensorFlow | undefined = (() => {
  try {
    return loadTensorFlow();
  } catch {
    return undefined;
  }
})();

/** Suffix for the titles of tests that need native TensorFlow: the reason for skipping them, or nothing. */
export const withoutTensorFlow =
  nativeTensorFlow === undefined ? ' (skipped: native TensorFlow is not installed)' : '';
