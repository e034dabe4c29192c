import { markdownTable } from '../../src/common/text/text-table.ts';
import { spreadOf } from '../support/statistics.ts';
import type { Cell } from './cell.ts';

/** One line of a table: what was varied, and every round's measurement. */
export interface Row {
  label: string;
  cells: readonly Cell[];
}

const columns: readonly [string, (cell: Cell) => number, number][] = [
  ['requests/s', (cell) => cell.requestsPerSecond, 0],
  ['photos/s', (cell) => cell.imagesPerSecond, 0],
  ['p50 ms', (cell) => cell.p50Ms, 1],
  ['p99 ms', (cell) => cell.p99Ms, 1],
  ['CPU ms per photo', (cell) => cell.cpuMs, 2],
  ['photos per inference', (cell) => cell.imagesPerBatch, 1],
  ['resident MiB', (cell) => cell.residentMiB, 0],
];

/** A Markdown table of medians; requests/s also show the lowest and highest round. */
export function renderScaleTable(title: string, rows: readonly Row[]): string {
  const lines = rows.map(({ label, cells }) => [
    label,
    ...columns.map(([, valueOf, digits], index) => {
      const { median, low, high } = spreadOf(cells.map(valueOf));
      const range =
        index === 0 && cells.length > 1 ? ` (${low.toFixed(0)}–${high.toFixed(0)})` : '';
      return median.toFixed(digits) + range;
    }),
  ]);
  return markdownTable([title, ...columns.map(([name]) => name)], lines);
}
