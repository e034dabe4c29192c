import { expect, it, vi } from 'vitest';
import { CacheKeeper } from '../../../src/serving/lifecycle/cache-pruner.ts';
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

function createKeeper() {
  const listAliases = vi.fn<ModelRegistry['listAliases']>();
  const keepOnly = vi.fn<ModelRegistry['keepOnly']>().mockResolvedValue();
  const { logger, logged } = recordingLogger();
  const keeper = new CacheKeeper({ registry: { listAliases, keepOnly }, modelName: 'm', logger });
  return { keeper, listAliases, keepOnly, logged };
}

it('keeps what is in use and what an alias stands for or stood for before', async () => {
  const { keeper, listAliases, keepOnly } = createKeeper();
  listAliases.mockResolvedValue({ production: pointer(7, 6), canary: pointer(8, null) });
  await keeper.tidy(new Set([7, 5]));
  expect(keepOnly).toHaveBeenCalledWith('m', new Set([7, 5, 6, 8]));
});

it('lets everything stay where the registry does not answer', async () => {
  const { keeper, listAliases, keepOnly, logged } = createKeeper();
  listAliases.mockRejectedValue(new RegistryError('gone'));
  await keeper.tidy(new Set([7]));
  expect(keepOnly).not.toHaveBeenCalled();
  expect(logged('warn')).toEqual(['the model cache could not be tidied']);
});

it('tidies one time after the other', async () => {
  const { keeper, listAliases, keepOnly } = createKeeper();
  listAliases.mockResolvedValue({});
  await Promise.all([keeper.tidy(new Set([1])), keeper.tidy(new Set([2]))]);
  expect(keepOnly.mock.calls.map(([, versions]) => [...versions])).toEqual([[1], [2]]);
});
