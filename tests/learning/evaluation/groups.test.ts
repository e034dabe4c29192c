import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  groupName,
  knownGroupNames,
  readGroupNames,
  namedGroups,
} from '../../../src/learning/evaluation/groups.ts';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { exampleMetrics } from '../../support/models/evaluated-photos.ts';

const utkFace = [{ groups: { sex: '0', ethnicity: '4' } }, { groups: { sex: '1', ethnicity: '' } }];

describe('knownGroupNames', () => {
  it("knows UTKFace's code book", () => {
    const names = knownGroupNames(utkFace);
    expect(groupName(names, 'sex', '1')).toBe('female');
    expect(groupName(names, 'ethnicity', '2')).toBe('Asian');
  });

  it('ignores names of object properties', () => {
    const names = knownGroupNames(utkFace);
    expect(groupName(names, 'sex', 'constructor')).toBe('constructor');
    expect(groupName(names, 'constructor', 'name')).toBe('name');
  });

  it.each([
    ['a column is missing', [{ groups: { sex: '0' } }]],
    ['a code is unknown', [...utkFace, { groups: { sex: '2', ethnicity: '0' } }]],
    [
      'a code is the name of an object property',
      [{ groups: { sex: 'constructor', ethnicity: '0' } }],
    ],
    ['there is no value', [{ groups: { sex: '', ethnicity: '' } }]],
  ])('returns no names if %s', (_why, labeled) => {
    expect(knownGroupNames(labeled as typeof utkFace)).toEqual({});
  });
});

async function datasetIn(folder: string) {
  return { store: new FolderStore(folder), otherFiles: new Set(await readdir(folder)) };
}

describe('readGroupNames', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'group-names-'));
  });
  beforeEach(() => rm(path.join(folder, 'groups.json'), { force: true }));
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the names of published values from groups.json', async () => {
    const names = '{"sex": {"0": "Frauen", "1": "Max Miller"}, "site": {"x": "Berlin"}}';
    await writeFile(path.join(folder, 'groups.json'), names);
    const labeled = Array.from({ length: 21 }, (_, index) => ({
      groups: { sex: index === 20 ? '1' : '0' },
    }));
    expect(await readGroupNames(await datasetIn(folder), labeled)).toEqual({
      sex: { '0': 'Frauen' },
    });
  });

  it('falls back on the code book', async () => {
    expect(await readGroupNames(await datasetIn(folder), utkFace)).toEqual(
      knownGroupNames(utkFace),
    );
  });

  it.each(['{', '[]', '{"sex": {"0": 1}}'])('rejects %s', async (text) => {
    await writeFile(path.join(folder, 'groups.json'), text);
    await expect(readGroupNames(await datasetIn(folder), utkFace)).rejects.toThrow(
      /groups\.json must have the form/,
    );
  });
});

describe('namedGroups', () => {
  it('names ages and values, and prefixes unnamed codes with their column', () => {
    const names = namedGroups(exampleMetrics()).map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(['ages 0-9', 'ages 10-19']);
    expect(names.slice(-2)).toEqual(['male', 'female']);
    const nameless = namedGroups(exampleMetrics(() => 0, { groupNames: {} }));
    expect(nameless.at(-1)!.name).toBe('sex 1');
  });
});
