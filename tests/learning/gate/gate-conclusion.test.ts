import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conclude, resumeConclusion } from '../../../src/learning/gate/conclude.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { promote } from '../../../src/registry/promotion.ts';
import { exampleGate } from '../../support/models/example-gate.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';

let models: ModelFolder;
let registry: FileRegistry;
beforeEach(async () => {
  models = await createModelFolder();
  registry = new FileRegistry(models.root);
  for (const version of [1, 2, 3]) await models.writeVersion(version);
  await models.writeAlias('production', 1);
});
afterEach(() => models.remove());

const move = { model: 'face-age', alias: 'production', by: 'another', reason: '' };
const result = exampleGate();

describe('conclude', () => {
  it('writes the result before it moves the alias', async () => {
    const changeAlias = registry.changeAlias.bind(registry);
    registry.changeAlias = async (...change) => {
      expect(await registry.readGate('face-age', result.id)).toEqual(result);
      return changeAlias(...change);
    };
    expect(await conclude(registry, result)).toEqual(result);
    expect(await registry.readAlias('face-age', 'production')).toMatchObject({ version: 2 });
  });

  it('writes a correction if the alias moves between the result and its own move', async () => {
    const addGate = registry.addGate.bind(registry);
    registry.addGate = async (added) => {
      await addGate(added);
      if (added.id === result.id) await promote(registry, 3, move);
    };
    const held = await conclude(registry, result);
    expect(held).toMatchObject({ id: `${result.id}-moved`, outcome: 'hold', promoted: false });
    expect(held.reasons[0]).toMatch(/moved in the meantime: it points to version 3/);
    expect(await registry.readGate('face-age', held.id)).toEqual(held);
    expect(await resumeConclusion(registry, result)).toEqual(held);
    expect(await registry.readAlias('face-age', 'production')).toMatchObject({ version: 3 });
  });

  it('does not move the alias to a version that is held back', async () => {
    const held = exampleGate({ outcome: 'hold', promoted: false });
    expect(await conclude(registry, held)).toEqual(held);
    expect(await resumeConclusion(registry, held)).toEqual(held);
    expect(await registry.readAlias('face-age', 'production')).toMatchObject({ version: 1 });
  });
});
