import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/common/config/config.ts';
import { errorTable } from '../../src/common/errors.ts';

/** The rows of a page's tables that begin so, without the spaces that align them. */
function rowsOf(page: string, start: RegExp): string[] {
  const lines = readFileSync(page, 'utf8').split('\n');
  return lines.map((line) => line.replace(/ +/g, ' ')).filter((line) => start.test(line));
}

/** A default as the environment would have it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

describe('the tables', () => {
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

  it('of the README have the most used settings as they are', () => {
    const shown = rowsOf('README.md', setting);
    expect(shown).not.toEqual([]);
    expect(settings).toEqual(expect.arrayContaining(shown));
  });

  it('list exactly the errors', () => {
    const expected = Object.entries(errorTable).map(
      ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
    );
    const listed = rowsOf('docs/errors.md', /^\| \d{3} \|/);
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });
});
