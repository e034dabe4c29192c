import { readFileSync } from 'node:fs';

/** The part of the WebAssembly API that is used here; Node's types omit it. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

/** The parameters of `resample`; kernel.wat describes them. */
type ResampleCall = [
  picture: number,
  stride: number,
  width: number,
  rowStarts: number,
  rowWeights: number,
  rowCount: number,
  columnStarts: number,
  columnWeights: number,
  columnCount: number,
  rounding: number,
  blended: number,
  output: number,
  targetWidth: number,
  rows: number,
];

/** The exports of kernel.wat; addresses and lengths are in bytes. */
interface KernelExports {
  memory: { readonly buffer: ArrayBuffer; grow: (pages: number) => number };
  resample: (...call: ResampleCall) => void;
  sum: (from: number, length: number) => bigint;
  sumOfSquares: (from: number, length: number) => bigint;
}

/** Maximum pixels of a picture that a decoder may write directly into the kernel's memory. */
export const SCRATCH_PIXELS = 1 << 18;
/** The loops read and write whole vectors, up to this far beyond the data. */
export const PADDING_BYTES = 64;
const PAGE_BYTES = 1 << 16;
/** The tables and buffers of a call start after the scratch picture. */
const PLACED_FROM = SCRATCH_PIXELS + PADDING_BYTES;

function load(): KernelExports {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
    .WebAssembly;
  const code = readFileSync(new URL('./kernel.wasm', import.meta.url));
  return new Instance(new Module(code)).exports as KernelExports;
}

/** The inner loops of preprocessing. Each thread has its own instance; calls on it never overlap. */
export const kernel = load();

/** The scratch picture, valid until the next one is decoded. Do not keep the view: the memory may grow and move. */
export function scratchPicture(): Buffer {
  return Buffer.from(kernel.memory.buffer, 0, SCRATCH_PIXELS);
}

/** The address of a view within the kernel's memory; undefined if it lies elsewhere. */
export function addressOf({ buffer, byteOffset }: Uint8Array): number | undefined {
  return buffer === kernel.memory.buffer ? byteOffset : undefined;
}

/**
 * Allocates consecutive parts and grows the memory if necessary, which invalidates earlier views.
 * @returns the address of each part
 */
export function placeParts(bytes: readonly number[]): number[] {
  let end = PLACED_FROM;
  const addresses = bytes.map((length) => {
    const start = end;
    end += Math.ceil((length + PADDING_BYTES) / PADDING_BYTES) * PADDING_BYTES;
    return start;
  });
  const missing = end - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
  return addresses;
}

/** A view of the kernel's memory, valid until it grows. */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(kernel.memory.buffer);
}
