import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** The text of all files below a folder that end in one of the extensions. */
function textBelow(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.(?:ts|sh|yaml)$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n');
}

describe('names of settings', () => {
  /** The settings page also shows misspelled names; tables.test.ts compares its tables with the settings. */
  const guides = readdirSync('docs').filter(
    (name) => name.endsWith('.md') && name !== 'configuration.md',
  );
  const pages = ['README.md', 'SECURITY.md', 'deploy/README.md'];
  pages.push(...guides.map((file) => `docs/${file}`));
  const code = ['src', 'scripts', 'tests/support', 'deploy'].map((folder) => textBelow(folder));
  code.push(readFileSync('Dockerfile', 'utf8'));
  const known = new Set(code.join('\n').match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+/g));
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/_FILE$/, ''));
  /** Variables of Node, glibc, AWS, OpenTelemetry and NVIDIA, which the pages mention and the code never reads. */
  const isForeign = /^(?:NODE|MALLOC|AWS|OTEL|NVIDIA|DCGM)_/;

  it.each(pages)('in %s are all read by the code', (page) => {
    const named = [...readFileSync(page, 'utf8').matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[`=]/g)];
    const unknown = named.map(([, name]) => name!).filter((name) => !isKnown(name));
    expect(unknown.filter((name) => !isForeign.test(name))).toEqual([]);
  });
});
