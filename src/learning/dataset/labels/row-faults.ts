import { LabelsError } from '../labeled-file.ts';

const MAX_LISTED = 20;
/** Longer cells are cut in messages. */
const MAX_CELL = 60;

/** The faults of a table's rows, of which the first ones are listed and the others are counted. */
export class RowFaults {
  readonly #table: string;
  readonly #columns: readonly string[];
  readonly #listed: { line: number; fault: string }[] = [];
  #count = 0;

  /** @param columns as the table names them */
  constructor(table: string, columns: readonly string[]) {
    this.#table = table;
    this.#columns = columns;
  }

  add(line: number, fault: string): void {
    this.#count++;
    if (this.#listed.length < MAX_LISTED) this.#listed.push({ line, fault });
  }

  /** @throws LabelsError with all faults, if there are any */
  throwIfAny(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#listed.length;
    const listed = this.#listed
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, fault }) => `\n  ${this.#table} line ${line}: ${fault}`);
    throw new LabelsError(
      `${this.#count} ${this.#count === 1 ? 'row' : 'rows'} of ${this.#table} cannot be used ` +
        `(its columns are ${this.#columns.join(', ')}):${listed.join('')}${more > 0 ? `\n  and ${more} more` : ''}`,
    );
  }
}

/** A cell in a message: quoted, without line breaks, and cut if it is long. */
export function quoteCell(cell: string): string {
  const line = cell.replaceAll(/\p{C}+/gu, ' ');
  return `"${line.length > MAX_CELL ? `${line.slice(0, MAX_CELL)}…` : line}"`;
}
