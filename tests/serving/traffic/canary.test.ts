import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CanaryEnd } from '../../../src/registry/promotion.ts';
import type { Alias } from '../../../src/registry/registry.ts';
import { Canary } from '../../../src/serving/traffic/canary.ts';
import { eventually } from '../../support/eventually.ts';
import { HeldManager } from '../../support/fakes/held-manager.ts';

const write = vi.fn<(end: CanaryEnd) => Promise<void>>(() => Promise.resolve());
let side: HeldManager;
let production: HeldManager;
let canary: Canary;

beforeEach(async () => {
  write.mockClear();
  [side, production] = [new HeldManager(), new HeldManager()];
  await production.serve(3);
  canary = new Canary({
    modelName: 'face-age',
    manager: side.manager,
    production: production.manager,
    ends: { write },
    logger: side.log.logger,
    metrics: side.metrics,
  });
});

function point(version: number, weight: number | undefined, minute = 0): Alias {
  const updatedAt = new Date(minute * 60_000).toISOString();
  const pointer = { version, previous: null, updatedAt, by: 'me', reason: 'why', history: [] };
  return weight === undefined ? pointer : { ...pointer, weight };
}

function follow(pointer: Alias): void {
  canary.setDesired({ alias: 'canary', version: pointer.version }, pointer);
}

async function serve(pointer: Alias): Promise<void> {
  follow(pointer);
  await side.loads.at(-1)!.finish();
}

const clients = Array.from({ length: 1000 }, (_, index) => `client-${index}`);
const taken = () => clients.filter((client) => canary.takes(client));
const fallbacks = async () => (await side.metrics.canaryFallbacks.get()).values[0]!.value;
const verdict = { cause: 'latency', reason: 'It is slow.' } as const;

describe('the canary', () => {
  it('answers its share of the clients, the same each time', async () => {
    await serve(point(4, 0.2));
    const first = taken();
    expect(first.length).toBeGreaterThan(160);
    expect(first.length).toBeLessThan(240);
    expect(taken()).toEqual(first);
  });

  it('keeps its clients if its weight is raised', async () => {
    await serve(point(4, 0.1));
    const before = taken();
    follow(point(4, 0.4, 1));
    expect(taken()).toEqual(expect.arrayContaining(before));
    expect(side.loads).toHaveLength(1);
  });

  it('answers no client before it is loaded, which counts as a fallback', async () => {
    follow(point(4, 1));
    expect(canary.takes('anyone')).toBe(false);
    expect(canary.share).toBe(0);
    expect(await fallbacks()).toBe(1);
    await side.loads.at(-1)!.finish();
    expect(canary.takes('anyone')).toBe(true);
    follow(point(5, 1, 1));
    expect(canary.takes('anyone')).toBe(false);
    expect(await fallbacks()).toBe(2);
  });

  it.each([0, undefined])(
    'with a weight of %s is not loaded, and is unloaded if it was',
    async (w) => {
      await serve(point(4, 0.5));
      follow(point(4, w, 1));
      await eventually(() => expect(side.disposed).toEqual([4]));
      expect(taken()).toEqual([]);
      expect(canary.manager.status.reason).toBe('Its weight is 0. why');
      expect(await fallbacks()).toBe(0);
    },
  );

  it('is unloaded if its alias no longer exists', async () => {
    await serve(point(4, 0.5));
    canary.reportMissing();
    await eventually(() => expect(side.disposed).toEqual([4]));
    expect(canary.weight).toBeUndefined();
  });

  it('continues while the registry does not answer', async () => {
    await serve(point(4, 1));
    canary.reportSourceFault('The registry does not answer.');
    expect(canary.takes('anyone')).toBe(true);
  });
});

describe('a canary that stops itself', () => {
  it('answers no client from then on, and records the reason in the alias', async () => {
    await serve(point(4, 0.5));
    canary.abort(verdict);
    expect(taken()).toEqual([]);
    expect(canary).toMatchObject({ weight: 0, share: 0 });
    expect(canary.manager.status.reason).toBe('It stopped itself. It is slow.');
    expect(write).toHaveBeenCalledExactlyOnceWith({
      model: 'face-age',
      pointer: point(4, 0.5),
      by: 'canary guard',
      reason: 'It stopped itself. It is slow.',
    });
    const { values } = await side.metrics.canaryAborts.get();
    expect(values.find(({ labels }) => labels.cause === 'latency')?.value).toBe(1);
  });

  it('stays so while the registry has not heard of it', async () => {
    await serve(point(4, 0.5));
    canary.abort(verdict);
    follow(point(4, 0.5));
    canary.abort(verdict);
    expect(taken()).toEqual([]);
    expect(side.loads).toHaveLength(1);
    expect(write).toHaveBeenCalledOnce();
  });

  it('starts again if the alias is written after that', async () => {
    await serve(point(4, 0.5));
    canary.abort(verdict);
    await serve(point(4, 0.5, 1));
    expect(taken().length).toBeGreaterThan(0);
  });
});

describe('a canary whose version serves production', () => {
  it('has ended', async () => {
    await serve(point(4, 0.5));
    await production.serve(4);
    canary.reviewProduction();
    expect(canary.share).toBe(0);
    expect(write).toHaveBeenCalledOnce();
    expect(write.mock.calls[0]![0].reason).toBe('Version 4 serves production.');
  });

  it('is not loaded in the first place', () => {
    follow(point(3, 0.5));
    expect(side.loads).toEqual([]);
    expect(write).toHaveBeenCalledOnce();
  });
});
