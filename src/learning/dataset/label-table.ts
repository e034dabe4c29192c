import path from 'node:path';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { MAX_AGE, parseAge, type AgeRange } from './age-range.ts';
import {
  groupInterner,
  LabelsError,
  splitByFolder,
  type Groups,
  type LabeledFile,
} from './labeled-file.ts';

export const LABEL_TABLE = 'labels.csv';

const ageSchema = z.string().transform((text, context): AgeRange => {
  const age = parseAge(text);
  if (age !== undefined) return age;
  context.addIssue(`give an age from 0 to ${MAX_AGE} as 34, 20-29 or 70+`);
  return z.NEVER;
});

const rowSchema = z.looseObject({
  file: z.string().min(1),
  age: ageSchema,
  split: z.string().optional(),
});

/**
 * Reads a table with the columns `file`, `age`, and optionally `split`; every other column is a group.
 * A file without a split belongs to the split that its first folder names, if any.
 * @throws LabelsError with the line number
 */
export async function readLabelTable(text: Uint8Array): Promise<LabeledFile[]> {
  const files: LabeledFile[] = [];
  const intern = groupInterner();
  try {
    for await (const { record, info } of rowsOf(text)) {
      const { file, age, split = '', ...groups } = parseRow(record, info.lines);
      const key = keyOf(file, info.lines);
      files.push({
        key,
        age,
        split: split === '' ? splitByFolder(key) : split,
        groups: intern(groups as Groups),
      });
    }
  } catch (error) {
    if (error instanceof CsvError)
      throw new LabelsError(`${LABEL_TABLE}: ${error.message}`, { cause: error });
    throw error;
  }
  return files;
}

interface Row {
  record: unknown;
  info: { lines: number };
}

function rowsOf(text: Uint8Array): AsyncIterable<Row> {
  const options = { columns: true, skip_empty_lines: true, trim: true, bom: true, info: true };
  return Readable.from([text], { objectMode: false }).pipe(parse(options)) as AsyncIterable<Row>;
}

function parseRow(record: unknown, line: number): z.infer<typeof rowSchema> {
  const parsed = rowSchema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new LabelsError(`${LABEL_TABLE} line ${line}: ${z.prettifyError(parsed.error)}`);
}

function keyOf(file: string, line: number): string {
  const key = path.posix.normalize(file);
  if (!key.startsWith('../') && !path.posix.isAbsolute(key)) return key;
  throw new LabelsError(`${LABEL_TABLE} line ${line}: ${file} is outside the data folder`);
}
