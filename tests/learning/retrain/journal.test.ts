import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedInputs, readJournal, writeJournal } from '../../../src/learning/retrain/journal.ts';
import { exampleJournal } from '../../support/models/example-journal.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'journal-'));
  file = path.join(folder, 'work/journal.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the journal of a run', () => {
  it('reads back what was written, and leaves no other file', async () => {
    const journal = exampleJournal({ seconds: { fetch: 1.5, train: 60 }, version: 4 });
    await writeJournal(file, exampleJournal());
    await writeJournal(file, journal);
    expect(await readJournal(file)).toEqual(journal);
    expect(await readdir(path.dirname(file))).toEqual(['journal.json']);
  });

  it('is none where there is no file, or one that cannot be used', async () => {
    expect(await readJournal(file)).toBeUndefined();
    await writeJournal(file, exampleJournal());
    for (const text of ['{"half":', '{}', JSON.stringify({ ...exampleJournal(), more: 1 })]) {
      await writeFile(file, text);
      expect(await readJournal(file)).toBeUndefined();
    }
  });

  it('says for people what is not as it was', () => {
    const { inputs } = exampleJournal();
    expect(changedInputs(inputs, { ...inputs })).toEqual([]);
    expect(changedInputs(inputs, { ...inputs, champion: 9, photos: 'ff' })).toEqual([
      'the version that serves',
      'the photos or their labels',
    ]);
  });
});
