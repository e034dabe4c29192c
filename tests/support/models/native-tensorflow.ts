import { loadTensorFlow, type TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';

/** Native TensorFlow, if it is installed. */
export const nativeTensorFlow: TensorFlow | undefined = (() => {
  try {
    return loadTensorFlow();
  } catch {
    return undefined;
  }
})();

/** A suffix for the names of tests that need it: why they are skipped, or empty. */
export const withoutTensorFlow =
  nativeTensorFlow === undefined ? ' (skipped: native TensorFlow is not installed)' : '';
