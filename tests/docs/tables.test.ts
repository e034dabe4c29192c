import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/common/config/config.ts';
import { errorTable } from '../../src/common/errors.ts';

/** The table rows of a page that start with the pattern, without the spaces that align their columns. */
function rowsOf(page: string, start: RegExp): string[] {
  const lines = readFileSync(page, 'utf8').split('\n');
  return lines.map((line) => line.replace(/ +/g, ' ')).filter((line) => start.test(line));
}

/** A default value as one would write it in the environment. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

describe('tables', () => {
  const setting = /^\| `[A-Z0-9_]+` \|/;
  const defaults = settingsSchema.parse({});
  const settings = Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const value: unknown = defaults[name as keyof typeof defaults];
    const shown = value === undefined ? '| |' : `| \`${textOf(value)}\` |`;
    return `| \`${name}\` ${shown} ${schema.description} |`;
  });

  it('list exactly the settings, each with its default and meaning', () => {
    expect(rowsOf('docs/configuration.md', setting).toSorted()).toEqual(settings.toSorted());
  });

  it('list exactly the errors', () => {
    const expected = Object.entries(errorTable).map(
      ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
    );
    const listed = rowsOf('docs/errors.md', /^\| \d{3} \|/);
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });
});
