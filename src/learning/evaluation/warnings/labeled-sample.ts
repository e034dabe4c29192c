import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { permutation, seededRandom } from '../../../common/random.ts';

/** The table of ages cannot be used; the message says where and why. */
export class AgeTableError extends Error {
  override readonly name = 'AgeTableError';
}

/** A photo and the completed years of its person, of which the two ends are equal where the age is known exactly. */
export interface LabeledPhoto {
  file: string;
  minAge: number;
  maxAge: number;
}

const OPEN_END_AGE = 120;
const ageSchema = z
  .string()
  .regex(/^\d{1,3}(?:-\d{1,3}|\+)?$/, 'give an age as 34, 20-29 or 70+')
  .transform((text) => {
    const [from, to] = text.split('-');
    const minAge = Number.parseInt(from!, 10);
    if (text.endsWith('+')) return { minAge, maxAge: OPEN_END_AGE };
    return { minAge, maxAge: to === undefined ? minAge : Number(to) };
  })
  .refine(({ minAge, maxAge }) => minAge <= maxAge, { error: 'the range ends before it starts' });
const rowSchema = z.object({
  file: z.string().min(1),
  age: ageSchema,
  split: z.string().optional(),
});
type LabeledRow = z.infer<typeof rowSchema>;

const SEED = 19;

/**
 * Draws photos from a table with the columns `file` and `age`: whole years, or a range such as `20-29` or `70+`. Paths are
 * relative to the table. The column `split` says which split a photo belongs to, or else its first folder; a table in which
 * nothing is called like the split is used whole.
 * @param count the same photos are drawn each time; all where there are not more
 * @throws AgeTableError with the line number
 */
export async function drawLabeledPhotos(
  table: string,
  split: string,
  count: number,
): Promise<LabeledPhoto[]> {
  const rows = parseRows(table, await readFile(table));
  if (rows.length === 0) throw new AgeTableError(`${table} has no rows.`);
  const inSplit = rows.filter((row) => splitOf(row) === split);
  const chosen = inSplit.length === 0 ? rows : inSplit;
  const order = permutation(seededRandom(SEED), chosen.length).subarray(0, count);
  return Array.from(order, (index) => {
    const { file, age } = chosen[index]!;
    return { file: path.join(path.dirname(table), file), ...age };
  });
}

function splitOf({ split, file }: LabeledRow): string | undefined {
  return split ?? (file.includes('/') ? file.split('/')[0] : undefined);
}

function parseRows(table: string, content: Buffer): LabeledRow[] {
  return recordsOf(table, content).map((record, index) => {
    const parsed = rowSchema.safeParse(record);
    if (parsed.success) return parsed.data;
    throw new AgeTableError(`${table} line ${index + 2}: ${z.prettifyError(parsed.error)}`);
  });
}

function recordsOf(table: string, content: Buffer): unknown[] {
  try {
    return parse(content, { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    if (error instanceof CsvError) throw new AgeTableError(`${table}: ${error.message}`);
    throw error;
  }
}
