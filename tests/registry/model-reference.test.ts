import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findModel } from '../../src/registry/model-reference.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';

let folder: ModelFolder;
beforeAll(async () => {
  folder = await createModelFolder();
  for (const version of [1, 2, 10]) await folder.writeVersion(version);
  await folder.writeAlias('production', 2);
  await folder.writeAlias('canary', 10);
});
afterAll(() => folder.remove());

const find = (reference?: string, name = 'face-age') =>
  findModel(reference, { location: folder.root, name, alias: 'production' });

describe('findModel', () => {
  it.each([
    ['the default alias', undefined, 2],
    ['an alias', 'canary', 10],
    ['a version', '1', 1],
  ])('resolves %s', async (_what, reference, version) => {
    expect(await find(reference)).toMatchObject({ name: 'face-age', version });
  });

  it.each(['', path.sep])(
    "resolves a version's folder with %j at its end, wherever it is",
    async (end) => {
      const reference = path.join(folder.root, 'face-age', '10') + end;
      const found = await findModel(reference, { location: '/nowhere', name: 'other', alias: 'x' });
      expect(found).toMatchObject({ name: 'face-age', version: 10 });
      expect(found.registry.location).toBe(folder.root);
    },
  );

  it.each([
    ['3', /no version 3 of face-age; it has 1, 2, 10\./],
    ['test', /no alias "test" of face-age; it has canary, production and the versions 1, 2, 10\./],
    ['./models/face-age', /is not a version's folder; give one such as models\/face-age\/2\./],
    ['./nowhere/face-age/1', /no version 1 of face-age; it has none\./],
  ])('lists what exists instead of %s', async (reference, message) => {
    await expect(find(reference)).rejects.toThrow(message);
  });

  it('reports an empty registry', async () => {
    await expect(find(undefined, 'other')).rejects.toThrow(
      /no alias "production" of other; it has none and the versions none\./,
    );
  });
});
