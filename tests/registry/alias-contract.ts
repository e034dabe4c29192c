import { beforeEach, describe, expect, it } from 'vitest';
import type { RegistryWriter } from '../../src/registry/registry.ts';
import { moveTo } from '../support/models/new-version.ts';
import { MODEL, expectError, type TestStore } from './test-store.ts';

/** The contract of every registry for aliases. */
export function describeAliases(storeOfTest: () => TestStore): void {
  let store: TestStore;
  let registry: RegistryWriter;
  beforeEach(() => {
    store = storeOfTest();
    registry = store.registry;
  });

  describe('an alias', () => {
    it('is created, moved, and read by others', async () => {
      const another = store.openAnother();
      await registry.changeAlias(MODEL, 'production', moveTo(1));
      expect(await another.readAlias(MODEL, 'production')).toMatchObject({ previous: null });
      const moved = await registry.changeAlias(MODEL, 'production', moveTo(2));
      expect(await another.readAlias(MODEL, 'production')).toEqual(moved);
      expect(moved).toMatchObject({ version: 2, previous: 1 });
      expect(await store.list()).toEqual(['aliases/production.json']);
    });

    it('applies every one of several concurrent changes once', async () => {
      const changers = ['a', 'b', 'c', 'd', 'e'];
      const change = async (by: string, index: number) => {
        const own = store.openAnother();
        await own.changeAlias(MODEL, 'production', moveTo(2 * index + 1, by));
        await own.changeAlias(MODEL, 'production', moveTo(2 * index + 2, by));
      };
      await Promise.all(changers.map(change));
      const pointer = (await registry.readAlias(MODEL, 'production'))!;
      const versions = pointer.history.map(({ version }) => version);
      expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(versions.at(-1)).toBe(pointer.version);
      expect(versions.at(-2)).toBe(pointer.previous);
    });

    it('stays unchanged if the change throws or is not valid', async () => {
      await registry.changeAlias(MODEL, 'production', moveTo(1));
      const refusal = new Error('version 2 is worse');
      const refuse = () => {
        throw refusal;
      };
      await expect(registry.changeAlias(MODEL, 'production', refuse)).rejects.toBe(refusal);
      await expectError(
        registry.changeAlias(MODEL, 'production', moveTo(0)),
        /production\.json cannot be used/,
      );
      expect(await registry.readAlias(MODEL, 'production')).toMatchObject({ version: 1 });
      await expect(registry.changeAlias(MODEL, 'other', refuse)).rejects.toBe(refusal);
      expect(await store.list()).toEqual(['aliases/production.json']);
    });
  });
}
