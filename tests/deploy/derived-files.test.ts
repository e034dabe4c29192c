import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { derivedFiles } from '../../deploy/derived-files.ts';

it('the derived files in deploy/ are up to date', async () => {
  for (const [path, content] of await derivedFiles()) {
    const kept = await readFile(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
    expect(kept, `deploy/${path}: npx tsx deploy/write.ts`).toBe(content);
  }
});
