import { loadTensorFlow, type TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';

/** Native TensorFlow where it is installed. */
export const nativeTensorFlow: TensorFlow | undefined = (() => {
  try {
    return loadTensorFlow();
  } catch {
    return undefined;
  }
})();

/** For the names of tests that need it: why they were skipped, or nothing. */
export const withoutTensorFlow =
  nativeTensorFlow === undefined ? ' (skipped: native TensorFlow is not installed)' : '';
