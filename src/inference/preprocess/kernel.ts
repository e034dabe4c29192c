import { readFileSync } from 'node:fs';

/** As far as it is used here; Node's types leave it out. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

/** What `resample` is called with, as kernel.wat describes it. */
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

/** What kernel.wat exports; addresses and lengths are bytes. */
interface KernelExports {
  memory: { readonly buffer: ArrayBuffer; grow: (pages: number) => number };
  resample: (...call: ResampleCall) => void;
  sum: (from: number, length: number) => bigint;
  sumOfSquares: (from: number, length: number) => bigint;
}

/** Pixels of a picture that a decoder may write straight into the kernel's memory. */
export const SCRATCH_PIXELS = 1 << 18;
/** The loops read and write whole vectors, up to so much beyond what they need. */
export const PADDING_BYTES = 64;
const PAGE_BYTES = 1 << 16;
/** What is placed for one call begins behind the scratch picture. */
const PLACED_FROM = SCRATCH_PIXELS + PADDING_BYTES;

function load(): KernelExports {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
    .WebAssembly;
  const code = readFileSync(new URL('./kernel.wasm', import.meta.url));
  return new Instance(new Module(code)).exports as KernelExports;
}

/** Preprocessing's inner loops. Each thread has its own, and calls follow each other in it. */
export const kernel = load();

/** The picture that is valid until the next one is decoded. Not to be kept: the memory may grow and move. */
export function scratchPicture(): Buffer {
  return Buffer.from(kernel.memory.buffer, 0, SCRATCH_PIXELS);
}

/** Where a view lies in the kernel's memory; undefined where it lies elsewhere. */
export function addressOf({ buffer, byteOffset }: Uint8Array): number | undefined {
  return buffer === kernel.memory.buffer ? byteOffset : undefined;
}

/**
 * Makes room for parts, one behind the other, and grows the memory where it takes that: views made before are void then.
 * @returns where each begins
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

/** The kernel's memory as it is now. */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(kernel.memory.buffer);
}
