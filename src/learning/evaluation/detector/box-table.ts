import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Box } from '../../../inference/faces/geometry.ts';

/** The table of boxes cannot be used; the message says where and why. */
export class BoxTableError extends Error {
  override readonly name = 'BoxTableError';
}

const pixels = z.coerce.number().min(-1e6).max(1e6);
const rowSchema = z.object({
  file: z.string().min(1),
  x: pixels,
  y: pixels,
  width: pixels.positive(),
  height: pixels.positive(),
});

/**
 * Reads a table with the columns `file`, `x`, `y`, `width` and `height`: the faces of photos, in pixels of the photo as
 * displayed. Other columns are ignored.
 * @returns the boxes by file, in the order of the table
 * @throws BoxTableError with the line number
 */
export async function readBoxTable(file: string): Promise<Map<string, Box[]>> {
  const boxes = new Map<string, Box[]>();
  for (const [index, row] of rowsOf(file, await readFile(file)).entries()) {
    const parsed = rowSchema.safeParse(row);
    if (!parsed.success) {
      throw new BoxTableError(`${file} line ${index + 2}: ${z.prettifyError(parsed.error)}`);
    }
    const { file: photo, ...box } = parsed.data;
    boxes.set(photo, [...(boxes.get(photo) ?? []), box]);
  }
  if (boxes.size > 0) return boxes;
  throw new BoxTableError(`${file} has no rows.`);
}

function rowsOf(file: string, content: Buffer): unknown[] {
  try {
    return parse(content, { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    if (error instanceof CsvError) throw new BoxTableError(`${file}: ${error.message}`);
    throw error;
  }
}
