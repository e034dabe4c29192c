import { beforeEach, describe, expect, it } from 'vitest';
import { changedGateConfig, type GateConfigFile } from '../../src/registry/gate/gate-config.ts';
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
    it('is stored next to the versions, readable by others and listed oldest first', async () => {
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
  describe("the thresholds of a model's gate", () => {
    const setTo =
      (minPhotos: number, by = 'tests') =>
      (current: GateConfigFile | undefined) =>
        changedGateConfig(current, { thresholds: { minPhotos }, by, reason: '' });

    it('are in the model’s folder and never under its aliases, and others read them', async () => {
      expect(await registry.readGateConfig(MODEL)).toBeUndefined();
      const file = await registry.changeGateConfig(MODEL, setTo(200));
      expect(await store.list()).toEqual(['gate.json']);
      const another = store.openAnother();
      expect(await another.readGateConfig(MODEL)).toEqual(file);
      expect(await another.listAliases(MODEL)).toEqual({});
      expect(await another.listVersions(MODEL)).toEqual([]);
      expect(await another.publish(newVersion())).toBe(1);
    });

    it('take every change once, however many come at the same time', async () => {
      const changers = [1, 2, 3, 4, 5];
      const change = (count: number) =>
        store.openAnother().changeGateConfig(MODEL, setTo(count, String(count)));
      await Promise.all(changers.map(change));
      const { by, history } = (await registry.readGateConfig(MODEL))!;
      const changes = [...history.map((event) => event.by), by];
      expect(changes.toSorted()).toEqual(changers.map(String));
    });

    it('stay as they are where the change throws or is not valid', async () => {
      await registry.changeGateConfig(MODEL, setTo(200));
      await expectError(registry.changeGateConfig(MODEL, setTo(0)), /gate\.json cannot be used/);
      await expectError(registry.changeGateConfig('../other', setTo(1)), /cannot be the name/);
      expect(await registry.readGateConfig(MODEL)).toMatchObject({
        thresholds: { minPhotos: 200 },
      });
    });

    it('say where they cannot be used', async () => {
      const file = {
        ...{ schemaVersion: 1, updatedAt: '2026-01-01T00:00:00.000Z', by: 'tests', reason: '' },
        ...{ thresholds: { tolerance: { mae: 1 } }, history: [] },
      };
      await store.write('gate.json', JSON.stringify(file));
      await expectError(
        registry.readGateConfig(MODEL),
        /gate\.json cannot be used: [^]*tolerance is not a threshold/,
      );
      await store.write('gate.json', '{"thresholds": ');
      await expectError(registry.readGateConfig(MODEL), /gate\.json cannot be used/);
    });
  });
}
