import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage } from '../support/markdown.ts';

const guides = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'deploy/README.md', ...guides];

const pageAt = (file: string) => readPage(readFileSync(file, 'utf8'));

/** Why a link of a page leads nowhere, or nothing where it leads somewhere or out of the repository. */
function faultOf(from: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const to = file === '' ? from : path.join(path.dirname(from), file);
  if (to.startsWith('..') || !existsSync(to)) return `${link}: no such file`;
  if (anchor === undefined || pageAt(to).anchors.has(anchor)) return undefined;
  return `${link}: no such heading`;
}

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    const faults = pageAt(page).links.map((link) => faultOf(page, link));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('of the README lead to every guide', () => {
    expect(pageAt('README.md').links).toEqual(expect.arrayContaining(guides));
  });

  it('to nothing are noticed', () => {
    expect(faultOf('docs/api.md', 'gone.md')).toBe('gone.md: no such file');
    expect(faultOf('docs/api.md', '../README.md#gone')).toBe('../README.md#gone: no such heading');
    expect(faultOf('docs/api.md', '#gone')).toBe('#gone: no such heading');
    expect(faultOf('docs/api.md', '../README.md#what-it-is-not-for')).toBeUndefined();
  });
});
