import { expect, it, vi } from 'vitest';
import { CachePruner } from '../../../src/serving/lifecycle/cache-pruner.ts';
import { RegistryError, type Alias, type ModelRegistry } from '../../../src/registry/registry.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';

const pointer = (version: number, previous: number | null): Alias => ({
  version,
  previous,
  updatedAt: '2024-01-01T00:00:00Z',
  by: 'tests',
  reason: '',
  history: [],
});

function createPruner() {
  const listAliases = vi.fn<ModelRegistry['listAliases']>();
  const keepOnly = vi.fn<ModelRegistry['keepOnly']>().mockResolvedValue();
  const { logger, logged } = recordingLogger();
  const pruner = new CachePruner({ registry: { listAliases, keepOnly }, modelName: 'm', logger });
  return { pruner, listAliases, keepOnly, logged };
}

it('keeps versions in use and the current and previous version of every alias', async () => {
  const { pruner, listAliases, keepOnly } = createPruner();
  listAliases.mockResolvedValue({ production: pointer(7, 6), canary: pointer(8, null) });
  await pruner.prune(new Set([7, 5]));
  expect(keepOnly).toHaveBeenCalledWith('m', new Set([7, 5, 6, 8]));
});

it('removes nothing if the registry does not answer', async () => {
  const { pruner, listAliases, keepOnly, logged } = createPruner();
  listAliases.mockRejectedValue(new RegistryError('gone'));
  await pruner.prune(new Set([7]));
  expect(keepOnly).not.toHaveBeenCalled();
  expect(logged('warn')).toEqual(['the model cache could not be pruned']);
});

it('runs one pruning after the other', async () => {
  const { pruner, listAliases, keepOnly } = createPruner();
  listAliases.mockResolvedValue({});
  await Promise.all([pruner.prune(new Set([1])), pruner.prune(new Set([2]))]);
  expect(keepOnly.mock.calls.map(([, versions]) => [...versions])).toEqual([[1], [2]]);
});
