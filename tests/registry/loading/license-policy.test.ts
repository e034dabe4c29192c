import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedModel } from '../../../src/registry/loading/loaded-model.ts';
import type { LicensePolicy } from '../../../src/registry/license.ts';
import { FakeEngine } from '../../support/fakes/fake-engine.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';
import { createTestLoader } from '../../support/models/test-loader.ts';

let folder: ModelFolder;
let engine: FakeEngine;
beforeEach(async () => {
  folder = await createModelFolder();
  engine = new FakeEngine();
});
afterEach(() => folder.remove());

function load(licensePolicy?: LicensePolicy): Promise<LoadedModel> {
  const loader = createTestLoader(folder, engine, { licensePolicy });
  return loader({ alias: 'production', version: 1 }, new AbortController().signal);
}

describe('LICENSE_POLICY', () => {
  it('any loads a version whatever its license is', async () => {
    await folder.writeVersion(1, { license: 'Non-commercial research only' });
    await (await load('any')).dispose();
    await (await load()).dispose();
  });

  it('commercial loads a version whose licenses allow it', async () => {
    await folder.writeVersion(1, { license: 'CC BY 4.0 (attribution: somebody)' });
    await (await load('commercial')).dispose();
  });

  it('commercial refuses others before anything is loaded, and says what to do', async () => {
    await folder.writeVersion(1, { license: 'Non-commercial research only' });
    await expect(load('commercial')).rejects.toThrow(
      'LICENSE_POLICY=commercial refuses it: the license of the weights is not known to allow it: Non-commercial research only. Serve a version whose licenses allow it',
    );
    expect(engine.networks).toHaveLength(0);
  });

  it('commercial refuses a version that was made from others', async () => {
    const derivedFrom = [
      { role: 'parent' as const, name: 'face-age', version: 4, license: 'Research only' },
    ];
    await folder.writeVersion(1, { license: 'CC BY 4.0', derivedFrom });
    await expect(load('commercial')).rejects.toThrow(/the license of the parent face-age 4/);
  });
});
