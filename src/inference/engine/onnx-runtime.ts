import { createRequire } from 'node:module';
import type * as onnxruntime from 'onnxruntime-node';
import { setEnvironment } from '../../common/config/config.ts';

/*
 * The one module that loads onnxruntime: a lint rule keeps all others, tests and benches too, from importing the package.
 * Unless this is set before the library is loaded, it writes an id of the device below the home folder and looks up a host
 * of Microsoft's for its telemetry. An import of the package would be evaluated before any statement here.
 */
setEnvironment('ORT_DISABLE_TELEMETRY', '1');
const runtime = createRequire(import.meta.url)('onnxruntime-node') as typeof onnxruntime;

export const { InferenceSession, Tensor } = runtime;
export type InferenceSession = onnxruntime.InferenceSession;
export type Tensor = onnxruntime.Tensor;
