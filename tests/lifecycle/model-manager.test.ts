import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadedModel } from '../../src/lifecycle/loaded-model.ts';
import { ModelManager } from '../../src/lifecycle/model-manager.ts';
import type { DesiredModel } from '../../src/lifecycle/model-status.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { createAgeHead } from '../../src/network/age-head.ts';
import { deferred, settle, type Deferred } from '../support/deferred.ts';
import { exampleManifest } from '../support/example-manifest.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';

/** A load that the test lets succeed or fail. */
interface HeldLoad {
  readonly wish: DesiredModel;
  readonly signal: AbortSignal;
  finish(): Promise<void>;
  fail(reason: string): Promise<void>;
}

const { logger, logged, forget } = recordingLogger();
let clock: ManualClock;
let metrics: Metrics;
let manager: ModelManager;
let loads: HeldLoad[];
/** Versions, in the order in which they were disposed. */
let disposed: number[];
let roomForPrevious: boolean;
/** What was in use after each swap. */
let inUse: number[][];

beforeEach(() => {
  forget();
  clock = new ManualClock();
  metrics = createMetrics();
  loads = [];
  disposed = [];
  roomForPrevious = false;
  inUse = [];
  manager = new ModelManager({
    load: (wish, signal) => {
      const held: Deferred<LoadedModel> = deferred();
      loads.push({
        wish,
        signal,
        finish: async () => {
          held.resolve(modelOf(wish.version));
          await settle();
        },
        fail: async (reason) => {
          held.reject(new Error(reason));
          await settle();
        },
      });
      return held.promise;
    },
    logger,
    metrics,
    retry: { minMs: 1000, maxMs: 3000 },
    mayKeepPrevious: () => roomForPrevious,
    onSwap: (versions) => inUse.push([...versions].toSorted((a, b) => a - b)),
    clock,
  });
});

function modelOf(version: number): LoadedModel {
  const manifest = exampleManifest({ version });
  return {
    manifest,
    digest: `digest-${version}`,
    engine: { name: 'onnxruntime', device: 'cpu' },
    head: createAgeHead(manifest.head, manifest.buckets),
    batcher: {
      reserve: () => {
        throw new Error('no photo is sent here');
      },
      drain: () => Promise.resolve(),
    },
    loadedAt: new Date(0),
    dispose: () => {
      disposed.push(version);
      return Promise.resolve();
    },
  };
}

const want = (version: number, alias = 'production') => manager.setDesired({ alias, version });
const servingVersion = () => manager.status.current?.model.manifest.version;
const swaps = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await metrics.modelSwaps.get()).values.map(({ labels, value }) => [
      String(labels.result),
      value,
    ]),
  );

async function serve(version: number): Promise<void> {
  want(version);
  await loads.at(-1)!.finish();
}

describe('the first load', () => {
  it('is waited for by nobody: borrowing says why there is no model', () => {
    expect(() => manager.borrow()).toThrow(
      expect.objectContaining({ code: 'model_not_ready', retryAfterSeconds: 5 }),
    );
    manager.reportSourceFault('the alias is missing');
    expect(() => manager.borrow()).toThrow('the alias is missing');
    want(1);
    expect(manager.status).toMatchObject({ state: 'loading', desired: { version: 1 } });
    expect(() => manager.borrow()).toThrow('being loaded');
  });

  it('serves once it is done', async () => {
    await serve(1);
    expect(manager.status).toMatchObject({ state: 'serving', reason: undefined });
    expect(manager.borrow().model.manifest.version).toBe(1);
    expect(await swaps()).toEqual({ ok: 1 });
  });

  it('is tried again, ever later up to the longest wait, until it succeeds', async () => {
    want(1);
    for (const [index, waitMs] of [1000, 2000, 3000, 3000].entries()) {
      await loads[index]!.fail('checksum');
      expect(manager.status).toMatchObject({ state: 'failed' });
      expect(manager.status.reason).toContain('checksum');
      await clock.advance(waitMs - 1);
      expect(loads).toHaveLength(index + 1);
      await clock.advance(1);
      expect(loads).toHaveLength(index + 2);
    }
    await loads.at(-1)!.finish();
    expect(manager.status).toMatchObject({ state: 'serving', reason: undefined });
    expect(await swaps()).toEqual({ failed: 4, ok: 1 });
  });
});

describe('a wish', () => {
  it('said twice changes nothing', async () => {
    want(1);
    want(1);
    await loads[0]!.finish();
    want(1);
    expect(loads).toHaveLength(1);
  });

  it('for another alias of the serving version only renames it', async () => {
    await serve(1);
    want(1, 'champion');
    expect(loads).toHaveLength(1);
    expect(manager.status).toMatchObject({ state: 'serving', current: { alias: 'champion' } });
    const { values } = await metrics.modelInfo.get();
    expect(values.map(({ labels }) => labels.alias)).toEqual(['champion']);
  });
});

describe('a swap', () => {
  it('leaves the old version serving until the new one is loaded', async () => {
    await serve(1);
    want(2);
    expect(manager.status).toMatchObject({ state: 'loading', current: { inFlight: 0 } });
    expect(servingVersion()).toBe(1);
    await loads[1]!.finish();
    expect(servingVersion()).toBe(2);
    expect(disposed).toEqual([1]);
  });

  it('disposes the old version only when the last borrower has returned it', async () => {
    await serve(1);
    const [first, second] = [manager.borrow(), manager.borrow()];
    await serve(2);
    first.release();
    first.release();
    await settle();
    expect(disposed).toEqual([]);
    second.release();
    expect(disposed).toEqual([]);
    await settle();
    expect(disposed).toEqual([1]);
  });

  it('that fails leaves the old version serving, with the reason', async () => {
    await serve(1);
    want(2);
    await loads[1]!.fail('golden sample 0 differs');
    expect(servingVersion()).toBe(1);
    expect(manager.status).toMatchObject({ state: 'failed', desired: { version: 2 } });
    expect(manager.status.reason).toMatch(/Version 2 .*golden sample 0 differs/);
    expect(disposed).toEqual([]);
  });

  it('back to the serving version gives up the load and its fault', async () => {
    await serve(1);
    want(2);
    await loads[1]!.fail('broken');
    want(1);
    expect(manager.status).toMatchObject({ state: 'serving', reason: undefined });
    await clock.advance(10_000);
    expect(loads).toHaveLength(2);
  });
});

describe('the version before', () => {
  beforeEach(async () => {
    roomForPrevious = true;
    await serve(1);
    await serve(2);
  });

  it('stays loaded where there is room, and is swapped back without a load', async () => {
    expect(manager.status).toMatchObject({ standby: 1 });
    expect(disposed).toEqual([]);
    want(1);
    expect(loads).toHaveLength(2);
    expect(servingVersion()).toBe(1);
    expect(manager.status).toMatchObject({ state: 'serving', standby: 2, desired: { version: 1 } });
    expect(await swaps()).toEqual({ ok: 3 });
    await settle();
    expect(disposed).toEqual([]);
  });

  it('is lent no more, and what was lent of it comes back in its own time', async () => {
    want(1);
    const borrowed = manager.borrow();
    want(2);
    expect(manager.borrow().model.manifest.version).toBe(2);
    expect(borrowed.model.manifest.version).toBe(1);
    borrowed.release();
    await settle();
    expect(disposed).toEqual([]);
  });

  it('makes room for a newer one', async () => {
    await serve(3);
    expect(manager.status.standby).toBe(2);
    await settle();
    expect(disposed).toEqual([1]);
    expect(inUse).toEqual([[1], [1, 2], [2, 3]]);
  });

  it('is disposed with the next swap where there is no room any more', async () => {
    roomForPrevious = false;
    await serve(3);
    await settle();
    expect(manager.status.standby).toBeUndefined();
    expect(disposed.toSorted()).toEqual([1, 2]);
  });

  it('is disposed when the manager closes', async () => {
    await manager.close();
    expect(disposed.toSorted()).toEqual([1, 2]);
  });
});

describe('a fault that lasts', () => {
  it('is one line in the log, and another fault another', async () => {
    want(1);
    for (const [index, reason] of ['checksum', 'checksum', 'too large'].entries()) {
      await loads[index]!.fail(reason);
      await clock.advance(3000);
    }
    expect(logged('error')).toEqual(['load failed', 'load failed']);
  });
});

describe('a newer wish', () => {
  it('overtakes an older load, which is aborted and disposed, never applied', async () => {
    await serve(1);
    want(2);
    want(3);
    expect(loads[1]!.signal.aborted).toBe(true);
    await loads[2]!.finish();
    expect(servingVersion()).toBe(3);
    await loads[1]!.finish();
    expect(servingVersion()).toBe(3);
    expect(disposed).toEqual([1, 2]);
    expect(await swaps()).toEqual({ ok: 2, overtaken: 1 });
  });

  it('is not disturbed by the failure of the older load', async () => {
    want(1);
    want(2);
    await loads[0]!.fail('aborted');
    expect(manager.status).toMatchObject({ state: 'loading', reason: undefined });
    await clock.advance(10_000);
    expect(loads).toHaveLength(2);
  });
});

describe('the series of a version', () => {
  it('end when it is disposed', async () => {
    await serve(1);
    metrics.predictions.inc({ version: '1', bucket: '20-29' });
    metrics.predictedAge.observe({ version: '1' }, 25);
    metrics.inferenceDuration.observe({ version: '1' }, 0.01);
    metrics.predictions.inc({ version: '2', bucket: '20-29' });
    await serve(2);
    const text = await metrics.registry.metrics();
    expect(text).not.toContain('version="1"');
    expect(text).toContain('face_age_predictions_total{version="2",bucket="20-29"} 1');
  });
});

describe('closing', () => {
  it('disposes what serves after its last borrower, and lends no more', async () => {
    await serve(1);
    const borrowed = manager.borrow();
    let closed = false;
    const closing = manager.close().then(() => (closed = true));
    expect(() => manager.borrow()).toThrow(expect.objectContaining({ code: 'shutting_down' }));
    await settle();
    expect(closed).toBe(false);
    borrowed.release();
    await closing;
    expect(disposed).toEqual([1]);
  });

  it('waits for a load under way and disposes what it brings', async () => {
    want(1);
    const closing = manager.close();
    expect(loads[0]!.signal.aborted).toBe(true);
    await loads[0]!.finish();
    await closing;
    expect(disposed).toEqual([1]);
    want(2);
    expect(loads).toHaveLength(1);
  });
});
