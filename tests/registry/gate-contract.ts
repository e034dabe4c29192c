import { beforeEach, describe, expect, it } from 'vitest';
import type { RegistryWriter } from '../../src/registry/registry.ts';
import { exampleGate } from '../support/models/example-gate.ts';
import { newVersion } from '../support/models/new-version.ts';
import { MODEL, expectError, type TestStore } from './test-store.ts';

/** The contract of every registry for gate results. */
export function describeGates(storeOfTest: () => TestStore): void {
  let store: TestStore;
  let registry: RegistryWriter;
  beforeEach(() => {
    store = storeOfTest();
    registry = store.registry;
  });

  describe("a gate's result", () => {
    it('is stored beside the versions, readable by others and listed oldest first', async () => {
      const [later, earlier] = [
        exampleGate({ id: '20260102t030405z-0a' }),
        exampleGate({ id: '20251231t235959z-ff', outcome: 'refuse', promoted: false }),
      ];
      await registry.publish(newVersion());
      expect(await registry.listGates(MODEL)).toEqual([]);
      await registry.addGate(later);
      await registry.addGate(earlier);
      expect(await store.list()).toContain(`gates/${later.id}.json`);
      const another = store.openAnother();
      expect(await another.listGates(MODEL)).toEqual([earlier.id, later.id]);
      expect(await another.readGate(MODEL, earlier.id)).toEqual(earlier);
      expect(await another.listVersions(MODEL)).toEqual([1]);
      expect(await another.publish(newVersion())).toBe(2);
    });

    it('is immutable, but an identical write succeeds', async () => {
      const result = exampleGate();
      await registry.addGate(result);
      await store.openAnother().addGate(result);
      const other = { ...result, outcome: 'hold' as const };
      await expectError(
        registry.addGate(other),
        /gates\/.*\.json already exists, and gate results are immutable/,
      );
      expect(await registry.readGate(MODEL, result.id)).toEqual(result);
    });

    it('is undefined if it does not exist', async () => {
      expect(await registry.readGate(MODEL, 'none')).toBeUndefined();
      expect(await registry.readGate(MODEL, '../1/manifest')).toBeUndefined();
    });

    it('is not written if it is not valid', async () => {
      for (const fault of [{ id: '../elsewhere' }, { reasons: [] }, { model: '../other' }])
        await expectError(registry.addGate(exampleGate(fault)), /cannot be/);
      expect(await store.list()).toEqual([]);
    });

    it('is reported with its path if it is not valid', async () => {
      await store.write('gates/torn.json', '{"id": ');
      await expectError(registry.readGate(MODEL, 'torn'), /gates\/torn\.json cannot be used/);
      await store.write('gates/other.json', '{"id": "other"}');
      await expectError(registry.readGate(MODEL, 'other'), /gates\/other\.json cannot be used/);
    });
  });
}
