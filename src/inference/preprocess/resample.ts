import { setImmediate } from 'node:timers/promises';
import { addressOf, kernel, kernelBytes, placeParts } from './kernel.ts';
import { type GreyPicture, wholeOf, type Region } from './picture.ts';
import { coverPlan, type ResamplePlan, WEIGHT_ONE } from './resample-plan.ts';
import type { Size } from './spec.ts';

/** Source pixels resampled in one go: about a millisecond's worth. */
export const SLICE_PIXELS = 1 << 18;

/**
 * Crops the centre of the picture, or of a region of it, to the target's shape and resamples it, at once.
 * @param region by default the whole picture
 */
export function cover(
  picture: GreyPicture,
  target: Size,
  region?: Region,
): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(target.width * target.height);
  resampleRows(coverPlan(sizeOf(picture), target, region), picture, output, 0, target.height);
  return output;
}

/** The same for a region of any size, letting the event loop breathe between slices. */
export async function coverInSlices(
  picture: GreyPicture,
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

function sizeOf({ width, height }: GreyPicture): Size {
  return { width, height };
}

/** Grey levels between the passes, and with them the kernel's last sum, are whole numbers of 2^-7. */
const LEVEL_ONE = 1 << 7;

/** Where a call's parts lie in the kernel's memory. */
interface Places {
  rowStarts: number;
  rowWeights: number;
  columnStarts: number;
  columnWeights: number;
  blended: number;
  output: number;
  window: number;
}

/** What lies in the memory as the last call left it. */
let placed: { plan: ResamplePlan; windowBytes: number; places: Places } | undefined;

/**
 * Resamples output rows `fromRow` ≤ y < `toRow`, rounding to the nearest grey level: each within 0.02 of a half.
 * The arithmetic is of whole numbers, so every machine gives the same.
 *
 * @param picture of the plan's source size; one that lies in the kernel's memory is read where it is
 * @param output target.height × target.width
 */
export function resampleRows(
  plan: ResamplePlan,
  picture: GreyPicture,
  output: Uint8Array,
  fromRow: number,
  toRow: number,
): void {
  if (fromRow >= toRow) return;
  const { width } = plan.target;
  const rows = plan.rows.starts.subarray(fromRow, toRow);
  const firstRow = rows[0]!;
  const sourceRows = rows.at(-1)! + plan.rows.count - firstRow;
  const address = addressOf(picture.grey);
  const stride = address === undefined ? plan.columnsWide : plan.source.width;
  const places = place(plan, address === undefined ? sourceRows * stride : 0);
  if (address === undefined) copyWindow(plan, picture.grey, firstRow, sourceRows, places.window);
  kernel.resample(
    address === undefined ? places.window - firstRow * stride : address + plan.firstColumn,
    stride,
    plan.columnsWide,
    places.rowStarts + fromRow * plan.rows.starts.BYTES_PER_ELEMENT,
    places.rowWeights + fromRow * plan.rows.count * plan.rows.weights.BYTES_PER_ELEMENT,
    plan.rows.count,
    places.columnStarts,
    places.columnWeights,
    plan.columns.count,
    Math.round((0.5 + picture.shortfall) * LEVEL_ONE * WEIGHT_ONE),
    places.blended,
    places.output,
    width,
    toRow - fromRow,
  );
  const done = kernelBytes().subarray(places.output, places.output + (toRow - fromRow) * width);
  output.set(done, fromRow * width);
}

/** Tables are written only where they are not there yet: photos of one size come one after the other. */
function place(plan: ResamplePlan, windowBytes: number): Places {
  if (placed?.plan === plan && placed.windowBytes >= windowBytes) return placed.places;
  const { rows, columns, columnsWide, target } = plan;
  const tables = [rows.starts, rows.weights, columns.starts, columns.weights];
  const sizes = tables.map(({ byteLength }) => byteLength);
  const blendedBytes = columnsWide * Int16Array.BYTES_PER_ELEMENT;
  const room = [...sizes, blendedBytes, target.width * target.height, windowBytes];
  const addresses = placeParts(room);
  const memory = kernelBytes();
  tables.forEach((table, index) => memory.set(bytesOf(table), addresses[index]));
  const [rowStarts, rowWeights, columnStarts, columnWeights, blended, output, window] =
    addresses as [number, number, number, number, number, number, number];
  const places = { rowStarts, rowWeights, columnStarts, columnWeights, blended, output, window };
  placed = { plan, windowBytes, places };
  return places;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Copies what a picture elsewhere is read of: its columns that any output needs, of some of its rows. */
function copyWindow(
  { source, firstColumn, columnsWide }: ResamplePlan,
  grey: Uint8Array,
  firstRow: number,
  rows: number,
  window: number,
): void {
  const memory = kernelBytes();
  for (let row = 0; row < rows; row++) {
    const from = (firstRow + row) * source.width + firstColumn;
    memory.set(grey.subarray(from, from + columnsWide), window + row * columnsWide);
  }
}
