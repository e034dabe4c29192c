import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
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

/** The text of all files below a folder that end in one of the extensions. */
function textBelow(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.(ts|sh|yaml)$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n');
}

describe('names of settings', () => {
  const guides = readdirSync('docs').filter((file) => file.endsWith('.md'));
  const pages = ['README.md', 'SECURITY.md', 'deploy/README.md'];
  pages.push(...guides.map((file) => `docs/${file}`));
  const code = ['src', 'scripts', 'tests/support', 'deploy'].map((folder) => textBelow(folder));
  code.push(readFileSync('Dockerfile', 'utf8'));
  const known = new Set(code.join('\n').match(/[A-Z][A-Z0-9]*(_[A-Z0-9]+)+/g));
  /** Variables of Node, glibc, AWS, OpenTelemetry and NVIDIA, which the pages mention and the code never reads. */
  const isForeign = /^(NODE|MALLOC|AWS|OTEL|NVIDIA|DCGM)_/;

  it.each(pages)('in %s are all read by the code', (page) => {
    const named = [...readFileSync(page, 'utf8').matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[`=]/g)];
    const unknown = named.map(([, name]) => name!).filter((name) => !known.has(name));
    expect(unknown.filter((name) => !isForeign.test(name))).toEqual([]);
  });
});
