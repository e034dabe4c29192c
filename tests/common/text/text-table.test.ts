import { describe, expect, it } from 'vitest';
import { markdownTable, table } from '../../../src/common/text/text-table.ts';

const header = ['name', 'count'];
const rows = [
  ['a', '7'],
  ['longer', '12345678'],
];

describe('table', () => {
  it('pads columns to equal width, without trailing spaces', () => {
    expect(table([header, ...rows])).toBe('name    count\na       7\nlonger  12345678');
  });

  it('aligns the columns of numbers to the right', () => {
    expect(table([header, ...rows], { rightFrom: 1 })).toBe(
      'name       count\na              7\nlonger  12345678',
    );
  });
});

describe('markdownTable', () => {
  it('separates the header from the rows and marks columns of numbers', () => {
    expect(markdownTable(header, rows, { rightFrom: 1 })).toBe(
      [
        '| name   |    count |',
        '| ------ | -------: |',
        '| a      |        7 |',
        '| longer | 12345678 |',
      ].join('\n'),
    );
  });
});
