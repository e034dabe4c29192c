import { setImmediate } from 'node:timers/promises';
import { addressOf, kernel, kernelBytes, placeParts } from './kernel.ts';
import { type GrayPicture, wholeOf, type Region } from './picture.ts';
import { coverPlan, type ResamplePlan, WEIGHT_ONE } from './resample-plan.ts';
import type { Size } from './spec.ts';

/** Number of source pixels that are resampled in one go, in about a millisecond. */
export const SLICE_PIXELS = 1 << 18;

/**
 * Crops the center of the picture, or of a region of it, to the target's shape and resamples it synchronously.
 * @param region by default the whole picture
 */
export function cover(
  picture: GrayPicture,
  target: Size,
  region?: Region,
): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(target.width * target.height);
  resampleRows(coverPlan(sizeOf(picture), target, region), picture, output, 0, target.height);
  return output;
}

/** Like `cover`, for a region of any size: it yields to the event loop between slices. */
export async function coverInSlices(
  picture: GrayPicture,
  target: Size,
  region: Region = wholeOf(picture),
): Promise<Uint8Array<ArrayBuffer>> {
  const slices = Math.ceil((region.width * region.height) / SLICE_PIXELS);
  if (slices <= 1) return cover(picture, target, region);
  const plan = coverPlan(sizeOf(picture), target, region);
  const output = new Uint8Array(target.width * target.height);
  const firstRow = (slice: number) => Math.floor((slice * target.height) / slices);
  for (let slice = 0; slice < slices; slice++) {
    resampleRows(plan, picture, output, firstRow(slice), firstRow(slice + 1));
    await setImmediate();
  }
  return output;
}

function sizeOf({ width, height }: GrayPicture): Size {
  return { width, height };
}

/** Between the passes, and in the kernel's last sum, gray levels are integer multiples of 2^-7. */
const LEVEL_ONE = 1 << 7;

/** The addresses of a call's parts in the kernel's memory. */
interface Addresses {
  rowStarts: number;
  rowWeights: number;
  columnStarts: number;
  columnWeights: number;
  blended: number;
  output: number;
  window: number;
}

/** The parts that the last call left in the memory. */
let loaded: { plan: ResamplePlan; windowBytes: number; addresses: Addresses } | undefined;

/**
 * Resamples the output rows `fromRow` ≤ y < `toRow` and rounds to the nearest gray level, exact within 0.02 of a half.
 * The arithmetic uses integers, so every machine gives the same result.
 *
 * @param picture has the plan's source size; a picture in the kernel's memory is read in place
 * @param output target.height × target.width
 */
export function resampleRows(
  plan: ResamplePlan,
  picture: GrayPicture,
  output: Uint8Array,
  fromRow: number,
  toRow: number,
): void {
  if (fromRow >= toRow) return;
  const { width } = plan.target;
  const rows = plan.rows.starts.subarray(fromRow, toRow);
  const firstRow = rows[0]!;
  const sourceRows = rows.at(-1)! + plan.rows.count - firstRow;
  const address = addressOf(picture.gray);
  const stride = address === undefined ? plan.columnsWide : plan.source.width;
  const addresses = loadPlan(plan, address === undefined ? sourceRows * stride : 0);
  if (address === undefined) copyWindow(plan, picture.gray, firstRow, sourceRows, addresses.window);
  kernel.resample(
    address === undefined ? addresses.window - firstRow * stride : address + plan.firstColumn,
    stride,
    plan.columnsWide,
    addresses.rowStarts + fromRow * plan.rows.starts.BYTES_PER_ELEMENT,
    addresses.rowWeights + fromRow * plan.rows.count * plan.rows.weights.BYTES_PER_ELEMENT,
    plan.rows.count,
    addresses.columnStarts,
    addresses.columnWeights,
    plan.columns.count,
    Math.round((0.5 + picture.shortfall) * LEVEL_ONE * WEIGHT_ONE),
    addresses.blended,
    addresses.output,
    width,
    toRow - fromRow,
  );
  const done = kernelBytes().subarray(
    addresses.output,
    addresses.output + (toRow - fromRow) * width,
  );
  output.set(done, fromRow * width);
}

/** Writes the plan's tables unless the last call left them there: photos of one size often follow each other. */
function loadPlan(plan: ResamplePlan, windowBytes: number): Addresses {
  if (loaded?.plan === plan && loaded.windowBytes >= windowBytes) return loaded.addresses;
  const { rows, columns, columnsWide, target } = plan;
  const tables = [rows.starts, rows.weights, columns.starts, columns.weights];
  const sizes = tables.map(({ byteLength }) => byteLength);
  const blendedBytes = columnsWide * Int16Array.BYTES_PER_ELEMENT;
  const parts = placeParts([...sizes, blendedBytes, target.width * target.height, windowBytes]);
  const memory = kernelBytes();
  tables.forEach((table, index) => memory.set(bytesOf(table), parts[index]));
  const [rowStarts, rowWeights, columnStarts, columnWeights, blended, output, window] = parts as [
    ...[number, number, number, number, number, number, number],
  ];
  const addresses = { rowStarts, rowWeights, columnStarts, columnWeights, blended, output, window };
  loaded = { plan, windowBytes, addresses };
  return addresses;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Copies the needed columns of some rows of a picture that lies outside the kernel's memory. */
function copyWindow(
  { source, firstColumn, columnsWide }: ResamplePlan,
  gray: Uint8Array,
  firstRow: number,
  rows: number,
  window: number,
): void {
  const memory = kernelBytes();
  for (let row = 0; row < rows; row++) {
    const from = (firstRow + row) * source.width + firstColumn;
    memory.set(gray.subarray(from, from + columnsWide), window + row * columnsWide);
  }
}
