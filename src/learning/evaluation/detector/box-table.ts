import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Box } from '../../../inference/faces/geometry.ts';
import { LabelsError } from '../../dataset/labeled-file.ts';
import { quoteCell } from '../../dataset/labels/row-faults.ts';
import { FILE_NAMES, Table, type TableRow } from '../../dataset/labels/table.ts';
import { keyOfPath } from '../../dataset/labels/table-paths.ts';

const COLUMNS = { file: FILE_NAMES, x: [], y: [], width: [], height: [] };
const PIXELS = /^-?\d{1,6}(?:\.\d+)?$/;

/**
 * Reads a table with the columns `file`, `x`, `y`, `width` and `height`: the faces of photos, in pixels of the photo as
 * displayed. Other columns are ignored.
 * @returns the boxes by file, in the order of the table
 * @throws LabelsError with the columns found, and with all bad rows by line number
 */
export async function readBoxTable(file: string): Promise<Map<string, Box[]>> {
  const table = await Table.open(file, await readFile(file), COLUMNS);
  table.require(...Object.keys(COLUMNS));
  const folder = path.resolve(path.dirname(file));
  const boxes = new Map<string, Box[]>();
  const faults = table.collectFaults();
  for await (const row of table.rows(faults)) {
    const photo = keyOfPath(table.cell(row, 'file'), folder, new Set());
    const box = boxOf(table, row);
    if (photo === undefined) faults.add(row.line, 'its file is empty or outside the folder');
    else if (typeof box === 'string') faults.add(row.line, box);
    else boxes.set(photo, [...(boxes.get(photo) ?? []), box]);
  }
  faults.throwIfAny();
  if (boxes.size > 0) return boxes;
  throw new LabelsError(`${file} has no rows.`);
}

/** The box of a row, or what is wrong with it. */
function boxOf(table: Table, row: TableRow): Box | string {
  for (const column of ['x', 'y', 'width', 'height']) {
    const cell = table.cell(row, column);
    if (!PIXELS.test(cell)) return `${column} ${quoteCell(cell)} must be a number of pixels`;
  }
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((column) =>
    Number(table.cell(row, column)),
  ) as [number, number, number, number];
  if (width > 0 && height > 0) return { x, y, width, height };
  return 'width and height must be above 0';
}
