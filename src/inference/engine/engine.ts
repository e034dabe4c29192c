/** @throws RangeError where the pixels are not those of so many images. */
export function checkPixels(pixels: Uint8Array, count: number, artifact: EngineArtifact): void {
  const expected = count * artifact.height * artifact.width;
  if (count < 1 || pixels.length !== expected) {
    throw new RangeError(`${pixels.length} pixels for ${count} images, not ${expected}`);
  }
}

/** @throws RangeError where the network did not answer count × outputLength values. */
export function checkOutput(output: Float32Array, count: number, artifact: EngineArtifact): void {
  const expected = count * artifact.outputLength;
  if (output.length !== expected) {
    throw new RangeError(
      `the network answered ${output.length} values for ${count} images, not ${expected}`,
    );
  }
}

/** The runtimes an artifact may name in its manifest. */
export const engineNames = ['onnxruntime', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];
export type Device = 'cpu' | 'gpu';

/** The arithmetic of a network: the graph as it was trained, or quantised to 8-bit integers. */
export const precisions = ['fp32', 'int8'] as const;
export type Precision = (typeof precisions)[number];

/** The ONNX file of each precision. */
export const graphFiles = {
  fp32: 'model.onnx',
  int8: 'model.int8.onnx',
} as const satisfies Record<Precision, string>;

/** What an engine needs to know of an artifact; plain data, it crosses to the worker. */
export interface EngineArtifact {
  /** Holds the graph files of the precisions that there are, and/or `model.json` + `weights.bin`. */
  directory: string;
  /** fp32 where it is left out; only onnxruntime knows int8. */
  precision?: Precision;
  width: number;
  height: number;
  mean: number;
  std: number;
  /** Values per image in the output: 101 ages, or the number of buckets. */
  outputLength: number;
}

/**
 * One loaded network.
 * Invariant: `run` answers exactly `count × outputLength` values or throws.
 */
export interface EngineModel {
  /**
   * @param pixels count × height × width grey levels. Handed over: the caller must not touch them again.
   * @returns the network's raw output, row by row.
   */
  run(pixels: Uint8Array, count: number): Promise<Float32Array>;
  /** Where several instances share the runs: each by itself, for what must hold of every one. */
  readonly instances?: readonly EngineModel[];
  /** Frees the network's memory; `run` is not called afterwards. Safe to call twice. */
  dispose(): Promise<void>;
}

/** A runtime that can load networks. Native inference blocks its thread: see WorkerEngine. */
export interface Engine {
  readonly name: EngineName;
  readonly device: Device;
  /** Batches that it computes at the same time; 1 where it is left out. */
  readonly instances?: number;
  /** One of several instances alone, to try networks on; they share its memory and its time. */
  readonly trial?: Engine;
  load(artifact: EngineArtifact): Promise<EngineModel>;
  /** Ends the runtime; every model is gone. */
  close(): Promise<void>;
}

/** The engine asked for cannot be had here; the message says why and what to do. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
}
