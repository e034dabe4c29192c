import { Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { LabelsError } from '../labeled-file.ts';
import { RowFaults } from './row-faults.ts';
import { decodeTable, type TableText } from './table-text.ts';

/** Names under which columns are known besides their own, by column. Case, spaces, `_`, `-` and `.` do not matter. */
export type ColumnNames = Readonly<Record<string, readonly string[]>>;

/** Other names of a column with the path of a photo. */
export const FILE_NAMES = [
  ...['filename', 'filepath', 'path', 'image', 'imagename', 'imagefile', 'imagepath'],
  ...['photo', 'photopath'],
];

const DELIMITERS = [',', ';', '\t', '|'];
/** The first row is within so many characters. */
const HEADER_CHARACTERS = 65_536;
const SLICE_BYTES = 65_536;
/** Excel writes and reads such a line above the header. */
const DELIMITER_LINE = /^\uFEFF?"?sep=([,;\t|])"?[ \t]*(?:\r\n|\n|\r)/i;

interface CsvRow {
  record: string[];
  info: { lines: number };
}

/** A row that is not blank. */
export interface TableRow {
  /** Of its last line in the file, counted from 1. */
  line: number;
  cells: readonly string[];
}

/** A column that has a name. */
export interface TableColumn {
  /** As the table has it. */
  name: string;
  index: number;
}

/** A table whose first row names the columns, in any usual encoding and with any usual delimiter. */
export class Table {
  /** For messages. */
  readonly name: string;
  readonly encoding: TableText['encoding'];
  readonly columns: readonly TableColumn[];
  /** Where the known columns are. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #rows: ReadRows;

  private constructor(
    name: string,
    encoding: TableText['encoding'],
    { cells, known, rows }: { cells: readonly string[]; known: ColumnNames; rows: ReadRows },
  ) {
    this.name = name;
    this.encoding = encoding;
    this.columns = namedColumns(cells);
    this.#places = placesOf(name, this.columns, known);
    this.#rows = rows;
  }

  /**
   * @param name for messages
   * @param known the columns that mean something
   * @throws LabelsError if it is not text or two columns have the same name
   */
  static async open(name: string, bytes: Uint8Array, known: ColumnNames): Promise<Table> {
    const { text, encoding } = decodeTable(name, bytes);
    const given = DELIMITER_LINE.exec(text);
    const body = given === null ? text : text.slice(given[0].length);
    const firstLine = given === null ? 0 : 1;
    const { delimiter, cells } = await headerOf(
      body,
      given === null ? DELIMITERS : [given[1]!],
      known,
    );
    const rows: ReadRows = (onFault) => rowsOf(body, { delimiter, firstLine, onFault });
    return new Table(name, encoding, { cells, known, rows });
  }

  /** The names of the columns as the table has them, for messages. */
  get columnNames(): string[] {
    return this.columns.map(({ name }) => name);
  }

  /** Whether a known column exists. */
  has(column: string): boolean {
    return this.#places.has(column);
  }

  /** The columns that are not known. */
  get others(): TableColumn[] {
    const known = new Set(this.#places.values());
    return this.columns.filter(({ index }) => !known.has(index));
  }

  /** A cell of a known column; empty if the column does not exist. */
  cell({ cells }: TableRow, column: string): string {
    const index = this.#places.get(column);
    return index === undefined ? '' : (cells[index] ?? '');
  }

  /** @throws LabelsError if one of the columns is missing */
  require(...columns: readonly string[]): void {
    if (columns.every((column) => this.has(column))) return;
    const found = this.columnNames.join(', ') || 'none';
    throw new LabelsError(
      `${this.name} needs the columns ${listed(columns)} in its first row; it has: ${found}`,
    );
  }

  /**
   * The rows below the header without blank ones. What does not fit the header goes to `faults` instead.
   * @param faults receives further faults of the caller, who throws them
   */
  async *rows(faults: RowFaults): AsyncGenerator<TableRow> {
    const width = (this.columns.at(-1)?.index ?? -1) + 1;
    let isHeader = true;
    for await (const row of this.#rows((line, fault) => faults.add(line, fault))) {
      const fault = isHeader ? undefined : widthFault(row, width);
      if (fault !== undefined) faults.add(row.line, fault);
      else if (!isHeader) yield row;
      isHeader = false;
    }
  }

  /** Collects the faults of this table's rows. */
  collectFaults(): RowFaults {
    return new RowFaults(this.name, this.columnNames);
  }
}

/** Receives the line and the fault of each row that is not CSV. */
type OnFault = (line: number, fault: string) => void;
type ReadRows = (onFault: OnFault) => AsyncIterable<TableRow>;

/** Finds the delimiter with which the first row has the most known columns, and then the most columns. */
async function headerOf(
  text: string,
  delimiters: readonly string[],
  known: ColumnNames,
): Promise<{ delimiter: string; cells: readonly string[] }> {
  let best = { delimiter: delimiters[0]!, cells: [] as readonly string[], score: -1 };
  for (const delimiter of delimiters) {
    const cells = await firstRow(text.slice(0, HEADER_CHARACTERS), delimiter);
    const columns = namedColumns(cells);
    const matching = columns.filter(({ name }) => isKnown(name, known)).length;
    const score = matching * HEADER_CHARACTERS + columns.length;
    if (score > best.score) best = { delimiter, cells, score };
  }
  return best;
}

async function firstRow(text: string, delimiter: string): Promise<readonly string[]> {
  const rows = rowsOf(text, { delimiter, firstLine: 0, onFault: () => undefined });
  for await (const { cells } of rows) return cells;
  return [];
}

async function* rowsOf(
  text: string,
  { delimiter, firstLine, onFault }: { delimiter: string; firstLine: number; onFault: OnFault },
): AsyncGenerator<TableRow> {
  const options = {
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    ...{ trim: true, skip_empty_lines: true, relax_column_count: true, info: true },
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      if (error !== undefined) onFault(Number(error.lines) + firstLine, error.message);
      return undefined;
    },
  };
  const source = Readable.from(slices(text), { objectMode: false }).pipe(parse(options));
  for await (const { record, info } of source as AsyncIterable<CsvRow>) {
    const cells = record.map((cell) => cell.trim());
    if (cells.some((cell) => cell !== '')) yield { line: info.lines + firstLine, cells };
  }
}

/** Slices let the parser wait for its reader, so that a large table is not in memory as rows. */
function* slices(text: string): Generator<Buffer> {
  const bytes = Buffer.from(text);
  for (let first = 0; first < bytes.length; first += SLICE_BYTES)
    yield bytes.subarray(first, first + SLICE_BYTES);
}

function namedColumns(cells: readonly string[]): TableColumn[] {
  return cells.map((name, index) => ({ name, index })).filter(({ name }) => name !== '');
}

/** @throws LabelsError if two columns have the same name, or two names mean the same column */
function placesOf(
  table: string,
  columns: readonly TableColumn[],
  known: ColumnNames,
): Map<string, number> {
  const byName = new Map<string, TableColumn>();
  for (const column of columns) {
    const same = byName.get(plainName(column.name));
    if (same !== undefined) throw twice(table, [same, column]);
    byName.set(plainName(column.name), column);
  }
  const places = new Map<string, number>();
  for (const [column, aliases] of Object.entries(known)) {
    const own = byName.get(plainName(column));
    const found = own ? [own] : aliases.flatMap((alias) => byName.get(alias) ?? []);
    if (found.length > 1) throw twice(table, found);
    if (found[0] !== undefined) places.set(column, found[0].index);
  }
  return places;
}

function twice(table: string, columns: readonly TableColumn[]): LabelsError {
  const names = columns.map(({ name, index }) => `${name} (column ${index + 1})`);
  return new LabelsError(
    `${table} has two columns that mean the same: ${names.join(' and ')}; remove or rename one`,
  );
}

function isKnown(name: string, known: ColumnNames): boolean {
  const plain = plainName(name);
  return Object.entries(known).some(
    ([column, aliases]) => plainName(column) === plain || aliases.includes(plain),
  );
}

/** A column's name without case, spaces, `_`, `-` and `.`. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_.-]/g, '');
}

function widthFault({ cells }: TableRow, width: number): string | undefined {
  const beyond = cells.slice(width).some((cell) => cell !== '');
  if (cells.length >= width && !beyond) return undefined;
  return `it has ${cells.length} cells, and the header has ${width}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}
