import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config.ts';
import { errorTable } from '../../src/errors.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The lines of the README that are rows of a table with this many columns. */
function rows(columns: number): string[] {
  return readme
    .split('\n')
    .filter((line) => line.startsWith('|') && line.split('|').length === columns + 2);
}

/** A default as the environment would have it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

describe('README', () => {
  it('lists every setting with its default and meaning', () => {
    const defaults = settingsSchema.parse({});
    for (const [name, schema] of Object.entries(settingsSchema.shape)) {
      const value: unknown = defaults[name as keyof typeof defaults];
      const shown = value === undefined ? '| |' : `| \`${textOf(value)}\` |`;
      expect(rows(3)).toContain(`| \`${name}\` ${shown} ${schema.description} |`);
    }
  });

  it('lists no setting that there is not', () => {
    const named = rows(3).flatMap((row) => /^\| `([A-Z0-9_]+)` \|/.exec(row)?.[1] ?? []);
    expect(named.toSorted()).toEqual(Object.keys(settingsSchema.shape).toSorted());
  });

  it('lists exactly the errors of the table', () => {
    const listed = rows(3).filter((row) => /^\| \d{3} \|/.test(row));
    const expected = Object.entries(errorTable).map(
      ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
    );
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });
});
