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
  it('can be read back after it was written, and leaves no other file', async () => {
    const journal = exampleJournal({ seconds: { fetch: 1.5, train: 60 }, version: 4 });
    await writeJournal(file, exampleJournal());
    await writeJournal(file, journal);
    expect(await readJournal(file)).toEqual(journal);
    expect(await readdir(path.dirname(file))).toEqual(['journal.json']);
  });

  it('is undefined if the file is missing or invalid', async () => {
    expect(await readJournal(file)).toBeUndefined();
    await writeJournal(file, exampleJournal());
    for (const text of ['{"half":', '{}', JSON.stringify({ ...exampleJournal(), more: 1 })]) {
      await writeFile(file, text);
      expect(await readJournal(file)).toBeUndefined();
    }
  });

  it('names the inputs that changed', () => {
    const { inputs } = exampleJournal();
    expect(changedInputs(inputs, { ...inputs })).toEqual([]);
    expect(changedInputs(inputs, { ...inputs, champion: 9, photos: 'ff' })).toEqual([
      'the version that serves',
      'the photos or their labels',
    ]);
  });
});
