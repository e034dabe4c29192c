export type Row = readonly string[];

export interface ColumnAlignment {
  /** The first column whose cells are aligned to the right, as numbers are; by default none. */
  rightFrom?: number;
}

/** A table for a terminal: columns of equal width, two spaces apart, without trailing spaces. */
export function table(rows: readonly Row[], alignment: ColumnAlignment = {}): string {
  return padCells(rows, alignment)
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** A Markdown table whose source is aligned too. */
export function markdownTable(
  header: Row,
  rows: readonly Row[],
  alignment: ColumnAlignment = {},
): string {
  const [titles, ...cells] = padCells([header, ...rows], alignment);
  const { rightFrom = Infinity } = alignment;
  const rule = titles!.map(({ length }, column) =>
    column < rightFrom ? '-'.repeat(length) : `${'-'.repeat(Math.max(1, length - 1))}:`,
  );
  return [titles!, rule, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function padCells(
  rows: readonly Row[],
  { rightFrom = Infinity }: ColumnAlignment,
): readonly string[][] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) =>
      column < rightFrom ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    ),
  );
}
