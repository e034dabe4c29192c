import { inputLength, type PreprocessSpec } from '../preprocess/spec.ts';

/** @throws RangeError if the number of pixels does not match the number of images */
export function checkPixels(pixels: Uint8Array, count: number, artifact: EngineArtifact): void {
  const expected = count * inputLength(artifact);
  if (count < 1 || pixels.length !== expected) {
    throw new RangeError(`got ${pixels.length} pixels for ${count} images, expected ${expected}`);
  }
}

/** @throws RangeError if the network did not return count × outputLength values */
export function checkOutput(output: Float32Array, count: number, artifact: EngineArtifact): void {
  const expected = count * artifact.outputLength;
  if (output.length !== expected) {
    throw new RangeError(
      `the network returned ${output.length} values for ${count} images, expected ${expected}`,
    );
  }
}

/** The runtimes that a manifest may list. */
export const engineNames = ['onnxruntime', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];
export type Device = 'cpu' | 'gpu';

/** The arithmetic of a network: the graph as trained, or quantized to 8-bit integers. */
export const precisions = ['fp32', 'int8'] as const;
export type Precision = (typeof precisions)[number];

/** The ONNX file of each precision. */
export const graphFiles = {
  fp32: 'model.onnx',
  int8: 'model.int8.onnx',
} as const satisfies Record<Precision, string>;

/** What an engine needs to know about an artifact; plain data, because it is posted to the worker. */
export interface EngineArtifact {
  /** Holds the graph files of the available precisions, `model.json` with `weights.bin`, or both. */
  directory: string;
  /** fp32 by default; only onnxruntime supports int8. */
  precision?: Precision;
  width: number;
  height: number;
  /** Of the network's input; 1 by default. */
  channels?: PreprocessSpec['channels'] | undefined;
  mean: number;
  std: number;
  /** Number of output values per image: 101 ages or the number of buckets, and one more with a face output. */
  outputLength: number;
}

/**
 * One loaded network.
 * Invariant: `run` returns exactly `count × outputLength` values or throws.
 */
export interface EngineModel {
  /**
   * Runs must not overlap: an engine without workers reuses its input buffers.
   * @param pixels count × height × width × channels levels; ownership passes to the engine
   * @returns the network's raw output, row by row
   */
  run(pixels: Uint8Array, count: number): Promise<Float32Array>;
  /** When several instances share the runs: each of them, for what every instance must do (such as warm-up). */
  readonly instances?: readonly EngineModel[];
  /** Frees the network's memory. `run` must not be called afterwards. Safe to call twice. */
  dispose(): Promise<void>;
}

/** A runtime that loads networks. Native inference blocks its thread: see WorkerEngine. */
export interface Engine {
  readonly name: EngineName;
  readonly device: Device;
  /** Number of batches computed at the same time; 1 by default. */
  readonly instances?: number;
  /** A single instance for timing and trying networks; it shares its memory and time with serving. */
  readonly trial?: Engine;
  /** Whether batches can run now; true by default. */
  readonly isUp?: boolean;
  load(artifact: EngineArtifact): Promise<EngineModel>;
  /** Shuts the runtime down and with it every model. */
  close(): Promise<void>;
}

/** The requested engine is not available on this machine; the message says why and what to do. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
}
