import { beforeEach, describe, expect, it } from 'vitest';
import { WeightError } from '../../src/registry/aliases.ts';
import {
  endCanary,
  AliasMovedError,
  NoSuchVersionError,
  promote,
  rollBack,
  type AliasMove,
} from '../../src/registry/promotion.ts';
import type { Alias, RegistryWriter } from '../../src/registry/registry.ts';

let pointer: Alias | undefined;
let writes: number;
/** A change by another writer between reading and writing, once. */
let interferes: (() => void) | undefined;

const registry = {
  location: './models',
  listVersions: () => Promise.resolve([1, 2, 3]),
  readAlias: () => Promise.resolve(pointer),
  changeAlias: (_model, _alias, change) => {
    for (;;) {
      const before = pointer;
      const next = change(before);
      interferes?.();
      interferes = undefined;
      if (pointer !== before) continue;
      pointer = next;
      writes += 1;
      return Promise.resolve(next);
    }
  },
} as Pick<
  RegistryWriter,
  'location' | 'listVersions' | 'readAlias' | 'changeAlias'
> as RegistryWriter;

const move: AliasMove = { model: 'face-age', alias: 'production', by: 'tests', reason: 'why not' };
const historyOf = ({ history }: Alias) => history.map(({ version }) => version);

beforeEach(() => {
  [pointer, writes, interferes] = [undefined, 0, undefined];
});

describe('promote', () => {
  it('creates the alias, then moves it and records the former version, by whom and why', async () => {
    expect(await promote(registry, 1, move)).toMatchObject({ version: 1, previous: null });
    await promote(registry, 2, { ...move, by: 'me', reason: 'better' });
    const third = await promote(registry, 3, move);
    expect(third).toMatchObject({ version: 3, previous: 2, by: 'tests', reason: 'why not' });
    expect(third.history).toMatchObject([
      { version: 1, by: 'tests', reason: 'why not' },
      { version: 2, by: 'me', reason: 'better' },
    ]);
  });

  it('writes once when it is called twice', async () => {
    const first = await promote(registry, 1, move);
    expect(await promote(registry, 1, move)).toBe(first);
    expect(writes).toBe(1);
  });

  it('moves an alias only from the expected version', async () => {
    await promote(registry, 1, move);
    await expect(promote(registry, 3, { ...move, expect: 2 })).rejects.toThrow(AliasMovedError);
    await expect(promote(registry, 3, { ...move, expect: 2 })).rejects.toThrow(
      '"production" points to version 1, not to version 2.',
    );
    expect(await promote(registry, 3, { ...move, expect: 1 })).toMatchObject({ version: 3 });
  });

  it('creates an alias only if there is none, when none is expected', async () => {
    expect(await promote(registry, 1, { ...move, expect: null })).toMatchObject({ version: 1 });
    await expect(promote(registry, 2, { ...move, expect: null })).rejects.toThrow(
      '"production" points to version 1, not to no version.',
    );
  });

  it('fails if another writer was faster and a version is expected', async () => {
    await promote(registry, 1, move);
    interferes = () => (pointer = { ...pointer!, version: 2, previous: 1 });
    await expect(promote(registry, 3, { ...move, expect: 1 })).rejects.toThrow(AliasMovedError);
    expect(pointer).toMatchObject({ version: 2 });
  });

  it('refuses a version that does not exist', async () => {
    await expect(promote(registry, 4, move)).rejects.toThrow(NoSuchVersionError);
    await expect(promote(registry, 4, move)).rejects.toThrow(
      './models has no version 4 of face-age; it has 1, 2, 3.',
    );
  });
});

describe('rollBack', () => {
  it('returns to the previous version, and a second rollback undoes it', async () => {
    await promote(registry, 1, move);
    await promote(registry, 2, move);
    expect(await rollBack(registry, move)).toMatchObject({ version: 1, previous: 2 });
    const again = await rollBack(registry, move);
    expect(again).toMatchObject({ version: 2, previous: 1 });
    expect(historyOf(again)).toEqual([1, 2, 1]);
  });

  it('changes nothing if somebody moved the alias meanwhile', async () => {
    await promote(registry, 1, move);
    await promote(registry, 2, move);
    interferes = () => (pointer = { ...pointer!, version: 3, previous: 2 });
    await expect(rollBack(registry, move)).rejects.toThrow(AliasMovedError);
    expect(pointer).toMatchObject({ version: 3 });
  });

  it('reports that there is no previous version', async () => {
    await expect(rollBack(registry, move)).rejects.toThrow('has no previous version');
    await promote(registry, 1, move);
    await expect(rollBack(registry, move)).rejects.toThrow(NoSuchVersionError);
  });
});

describe('the weight of a canary', () => {
  const canary = { ...move, alias: 'canary' };

  it('is written, and recorded in the history with its version', async () => {
    await promote(registry, 1, { ...canary, weight: 0.1 });
    const raised = await promote(registry, 1, { ...canary, weight: 0.5 });
    expect(raised).toMatchObject({ version: 1, weight: 0.5, previous: null });
    expect(raised.history).toMatchObject([{ version: 1, weight: 0.1 }]);
    const next = await promote(registry, 2, { ...canary, weight: 0.1 });
    const ended = await promote(registry, 2, { ...canary, weight: 0 });
    expect(next).toMatchObject({ version: 2, weight: 0.1, previous: 1 });
    expect(ended).toMatchObject({ version: 2, weight: 0, previous: 1 });
  });

  it('is written once when it is set twice', async () => {
    await promote(registry, 1, { ...canary, weight: 0.1 });
    await promote(registry, 1, { ...canary, weight: 0.1 });
    expect(writes).toBe(1);
  });

  it('is kept by a rollback', async () => {
    await promote(registry, 1, { ...canary, weight: 0.1 });
    await promote(registry, 2, { ...canary, weight: 0.3 });
    expect(await rollBack(registry, canary)).toMatchObject({ version: 1, weight: 0.3 });
  });

  it.each([undefined, -0.1, 1.1, Number.NaN])('%s is refused for a canary', async (weight) => {
    await expect(promote(registry, 1, { ...canary, weight })).rejects.toThrow(WeightError);
    expect(writes).toBe(0);
  });

  it('is refused for any other alias', async () => {
    await expect(promote(registry, 1, { ...move, weight: 0.5 })).rejects.toThrow(/has none/);
    expect(writes).toBe(0);
  });
});

describe('ending a canary', () => {
  const canary = { ...move, alias: 'canary' };
  const end = { model: 'face-age', by: 'guard', reason: 'too slow' };

  it('sets its weight to 0 and records why', async () => {
    const meant = await promote(registry, 2, { ...canary, weight: 0.2 });
    expect(await endCanary(registry, { ...end, pointer: meant })).toBe(true);
    expect(pointer).toMatchObject({ version: 2, weight: 0, by: 'guard', reason: 'too slow' });
    expect(pointer?.history.at(-1)).toMatchObject({ version: 2, weight: 0.2 });
  });

  it('does not change an alias that was written later, even for the same version', async () => {
    const meant = await promote(registry, 2, { ...canary, weight: 0.2 });
    pointer = { ...meant, weight: 0.5, updatedAt: '2030-01-01T00:00:00.000Z' };
    expect(await endCanary(registry, { ...end, pointer: meant })).toBe(false);
    expect(pointer).toMatchObject({ weight: 0.5 });
    pointer = undefined;
    expect(await endCanary(registry, { ...end, pointer: meant })).toBe(false);
  });
});
