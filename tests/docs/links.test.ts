import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage } from '../support/markdown.ts';

const guides = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'deploy/README.md', ...guides];

const pageAt = (file: string) => readPage(readFileSync(file, 'utf8'));

/** Says why a link leads nowhere; undefined if it leads to a file and heading, or out of the repository. */
function faultOf(from: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const to = file === '' ? from : path.join(path.dirname(from), file);
  if (to.startsWith('..') || !existsSync(to)) return `${link}: no such file`;
  if (anchor === undefined || pageAt(to).anchors.has(anchor)) return undefined;
  return `${link}: no such heading`;
}

/** The paths of the repository that a page names in code: everything below one of its folders, and the files at its root. */
function pathsNamedIn(markdown: string): string[] {
  const root = readdirSync('.').filter((name) => name.includes('.') && name !== '.git');
  const spans = [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  const isPath = /^(?:src|scripts|bench|tests|deploy|docs|models)(?:\/[\w./-]+)?$/;
  return spans.filter((code) => isPath.test(code) || root.includes(code));
}

const missingPathsOf = (markdown: string) =>
  pathsNamedIn(markdown).filter((file) => !existsSync(file));

describe('links', () => {
  it.each(pages)('of %s lead to files and headings that exist', (page) => {
    const faults = pageAt(page).links.map((link) => faultOf(page, link));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('from the README lead to every guide', () => {
    expect(pageAt('README.md').links).toEqual(expect.arrayContaining(guides));
  });

  it('that lead nowhere are found', () => {
    expect(faultOf('docs/api.md', 'gone.md')).toBe('gone.md: no such file');
    expect(faultOf('docs/api.md', '../README.md#gone')).toBe('../README.md#gone: no such heading');
    expect(faultOf('docs/api.md', '#gone')).toBe('#gone: no such heading');
    expect(faultOf('docs/api.md', '../README.md#what-it-is-not-for')).toBeUndefined();
  });
});

describe('paths', () => {
  it('are found in the architecture page', () => {
    const named = pathsNamedIn(readFileSync('docs/architecture.md', 'utf8'));
    expect(named.length).toBeGreaterThan(40);
    expect(named).toEqual(expect.arrayContaining(['src/common', 'src/main.ts']));
  });

  it.each(pages.filter((page) => page !== 'CHANGELOG.md'))('that %s names exist', (page) => {
    expect(missingPathsOf(readFileSync(page, 'utf8'))).toEqual([]);
  });

  it('that do not exist are found', () => {
    expect(missingPathsOf('`src/gone.ts`, `bench`, `GATE_SET`, `src/main.ts`')).toEqual([
      'src/gone.ts',
    ]);
  });
});
