import { InferenceSession, Tensor } from '../../src/inference/engine/onnx-runtime.ts';
import { cpuMsPerCall } from '../support/cpu-time.ts';

/*
 * Yardsticks: a fixed amount of work whose CPU time shows how fast the machine is right now. The work must never change
 * and must not use the service's code except to load onnxruntime, or baselines lose their meaning.
 */

const SIDE = 200;
const TARGET = 120;
const cpuTimes = { warmUpMs: 300, measureMs: 300 };

/** CPU milliseconds of a small photo's worth of arithmetic and text in plain JavaScript. */
export function javaScriptMs(): Promise<number> {
  const picture = Uint8Array.from({ length: SIDE * SIDE }, (_, index) => (index * 37) % 251);
  const small = new Float64Array(TARGET * TARGET);
  return cpuMsPerCall(() => {
    for (let y = 0; y < TARGET; y++) {
      for (let x = 0; x < TARGET; x++) {
        let sum = 0;
        for (let k = 0; k < 9; k++) {
          const row = Math.min(SIDE - 1, Math.floor((y * SIDE) / TARGET) + Math.floor(k / 3));
          sum +=
            picture[row * SIDE + Math.min(SIDE - 1, Math.floor((x * SIDE) / TARGET) + (k % 3))]!;
        }
        small[y * TARGET + x] = sum / 9;
      }
    }
    JSON.parse(JSON.stringify({ values: [...small.subarray(0, 200)] }));
  }, cpuTimes);
}

/** CPU milliseconds per photo of a graph alone, eight photos at a time on one thread. */
export async function inferenceMs(graph: string): Promise<number> {
  const BATCH = 8;
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1 });
  const [name] = session.inputNames;
  const values = Float32Array.from(
    { length: BATCH * TARGET * TARGET },
    (_, index) => ((index * 37) % 251) / 64 - 2,
  );
  const input = new Tensor('float32', values, [BATCH, TARGET, TARGET, 1]);
  try {
    return (await cpuMsPerCall(() => session.run({ [name!]: input }), cpuTimes)) / BATCH;
  } finally {
    await session.release();
  }
}
