/**
 * Loads native TensorFlow, computes with it once and prints what it is, as one JSON line.
 * A program of its own: a broken library may end the process that loads it.
 */
import { loadTensorFlow } from '../../inference/engine/tensorflow-runtime.ts';

const tf = loadTensorFlow();
const [sum] = await tf.sum(tf.tensor1d([1, 2])).data();
if (sum !== 3) throw new Error(`1 + 2 was ${String(sum)}`);
const backend = tf.backend() as unknown as {
  binding: { TF_Version: string };
  isUsingGpuDevice: boolean;
};
process.stdout.write(
  `${JSON.stringify({
    backend: tf.getBackend(),
    tensorflow: backend.binding.TF_Version,
    gpu: backend.isUsingGpuDevice,
  })}\n`,
);
