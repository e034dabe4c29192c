import { nearest } from '../../../common/edit-distance.ts';
import type { Groups } from '../labeled-file.ts';
import { plainName, type Table, type TableColumn, type TableRow } from './table.ts';

/** The columns whose values are groups unless other columns are named. */
export const DEFAULT_GROUPS = ['sex', 'gender', 'ethnicity', 'race'];

/** The columns of a table that hold groups, and those that are ignored. */
export class GroupColumns {
  /** By the name of the group. */
  readonly #columns: ReadonlyMap<string, TableColumn>;
  readonly #ignored: readonly TableColumn[];
  readonly #missing: readonly string[];

  /** @param named the columns that hold groups; the usual ones by default */
  constructor(table: Table, named?: readonly string[]) {
    const others = new Map(table.others.map((column) => [plainName(column.name), column]));
    const columns = new Map<string, TableColumn>();
    for (const name of named ?? DEFAULT_GROUPS) {
      const column = others.get(plainName(name));
      if (column !== undefined) columns.set(name, column);
    }
    const used = new Set(columns.values());
    this.#columns = columns;
    this.#ignored = table.others.filter((column) => !used.has(column));
    this.#missing = (named ?? []).filter((name) => !columns.has(name));
  }

  groupsOf({ cells }: TableRow): Groups {
    const groups = [...this.#columns].map(([name, { index }]) => [name, cells[index] ?? '']);
    return Object.fromEntries(groups) as Groups;
  }

  /** What the summary says about the columns. */
  notes(): string[] {
    const ignored = this.#ignored.map(({ name }) => name);
    return [
      ...(ignored.length > 0
        ? [`columns that are ignored, unless --groups names them: ${ignored.join(', ')}`]
        : []),
      ...this.#missing.map((name) => {
        const likely = nearest(name, ignored);
        return `no column ${name} for --groups${likely === undefined ? '' : `; did you mean ${likely}?`}`;
      }),
    ];
  }
}

/** Leaves out the groups that are not named. */
export function onlyNamed(groups: Groups, named: readonly string[] = DEFAULT_GROUPS): Groups {
  const plain = new Set(named.map(plainName));
  return Object.fromEntries(Object.entries(groups).filter(([name]) => plain.has(plainName(name))));
}
