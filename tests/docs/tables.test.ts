import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programs, secretNames, settingGroups } from '../../src/common/config/programs.ts';
import { errorTable } from '../../src/common/errors.ts';
import { effectiveThresholds, thresholdKeys } from '../../src/registry/gate/gate-config.ts';

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

/** How a default is shown in a table; empty where there is none. */
function cellOf(value: unknown): string {
  return value === undefined ? ' ' : ` \`${textOf(value)}\` `;
}

const setting = /^\| `[A-Z0-9_]+` \|/;
const settings = Object.values(settingGroups).flatMap((group) => Object.entries(group));

function readersOf(name: string): string {
  const readers = Object.entries(programs).filter(([, { shape }]) => Object.hasOwn(shape, name));
  return readers.map(([program]) => program).join(', ');
}

describe('the tables', () => {
  it('list exactly the settings, each with its default, its readers and its meaning', () => {
    const expected = settings.map(
      ([name, schema]) =>
        `| \`${name}\` |${cellOf(schema.parse(undefined))}| ${readersOf(name)} | ${schema.description} |`,
    );
    expect(rowsOf('docs/configuration.md', setting).toSorted()).toEqual(expected.toSorted());
  });

  it('list the settings by their groups', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    for (const [title, group] of Object.entries(settingGroups)) {
      const [, section = ''] = page.split(`\n### ${title}\n`);
      const [table = ''] = section.split('\n#');
      const names = [...table.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, name]) => name);
      expect({ title, names }).toEqual({ title, names: Object.keys(group) });
    }
  });

  it('list exactly the thresholds of the gate, each with its default', () => {
    const defaults: Readonly<Record<string, unknown>> = effectiveThresholds(undefined);
    const valueOf = (key: string) =>
      key
        .split('.')
        .reduce<unknown>(
          (node, part) => (node as Readonly<Record<string, unknown>>)[part],
          defaults,
        );
    const expected = thresholdKeys.map((key) => `| \`${key}\` |${cellOf(valueOf(key))}`);
    const rows = rowsOf('docs/configuration.md', /^\| `[a-z][A-Za-z.]*` \|/);
    expect(rows.map((row) => row.split('|').slice(0, 3).join('|'))).toEqual(expected);
  });

  it('name every file form of a secret', () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    for (const name of secretNames) expect(page).toContain(`\`${name}_FILE\``);
  });

  it('of the README have the most used settings as they are', () => {
    const rows = settings.map(
      ([name, schema]) =>
        `| \`${name}\` |${cellOf(schema.parse(undefined))}| ${schema.description} |`,
    );
    const shown = rowsOf('README.md', setting);
    expect(shown).not.toEqual([]);
    expect(rows).toEqual(expect.arrayContaining(shown));
  });

  it('list exactly the errors', () => {
    const expected = Object.entries(errorTable).map(
      ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
    );
    const listed = rowsOf('docs/errors.md', /^\| \d{3} \|/);
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });
});
