import { describe, expect, it } from 'vitest';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { RegistryError } from '../../src/registry/registry.ts';
import { createModelFolder } from '../support/model-folder.ts';
import { describeRegistry } from './registry-contract.ts';

describeRegistry('a registry folder', async () => {
  const { root, write, remove } = await createModelFolder();
  return { registry: new FileRegistry(root), write, remove };
});

describe('the setting MODEL_REGISTRY', () => {
  it('is a folder where it has no scheme', () => {
    expect(openRegistry('./models').location).toBe('./models');
  });

  it('names a scheme that is not supported', () => {
    expect(() => openRegistry('s3://bucket/models')).toThrow(RegistryError);
    expect(() => openRegistry('s3://bucket/models')).toThrow(/s3:\/\/ is not supported/);
  });
});
