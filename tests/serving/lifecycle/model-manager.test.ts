import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../support/fakes/deferred.ts';
import { HeldManager } from '../../support/fakes/held-manager.ts';

let held: HeldManager;
beforeEach(() => {
  held = new HeldManager();
});

describe('the first load', () => {
  it('does not block: borrowing fails with the reason why there is no model', () => {
    expect(() => held.manager.borrow()).toThrow(
      expect.objectContaining({ code: 'model_not_ready', retryAfterSeconds: 5 }),
    );
    held.manager.reportSourceFault('the alias is missing');
    expect(() => held.manager.borrow()).toThrow('the alias is missing');
    held.want(1);
    expect(held.manager.status).toMatchObject({ state: 'loading', desired: { version: 1 } });
    expect(() => held.manager.borrow()).toThrow('being loaded');
  });

  it('serves once it is done', async () => {
    await held.serve(1);
    expect(held.manager.status).toMatchObject({ state: 'serving', reason: undefined });
    expect(held.manager.borrow().model.manifest.version).toBe(1);
    expect(await held.swaps()).toEqual({ ok: 1 });
  });

  it('is tried again, ever later up to the longest wait, until it succeeds', async () => {
    held.want(1);
    for (const [index, waitMs] of [1000, 2000, 3000, 3000].entries()) {
      await held.loads[index]!.fail('checksum');
      expect(held.manager.status).toMatchObject({ state: 'failed' });
      expect(held.manager.status.reason).toContain('checksum');
      await held.clock.advance(waitMs - 1);
      expect(held.loads).toHaveLength(index + 1);
      await held.clock.advance(1);
      expect(held.loads).toHaveLength(index + 2);
    }
    await held.loads.at(-1)!.finish();
    expect(held.manager.status).toMatchObject({ state: 'serving', reason: undefined });
    expect(await held.swaps()).toEqual({ failed: 4, ok: 1 });
  });
});

describe('a desired version', () => {
  it('said twice changes nothing', async () => {
    held.want(1);
    held.want(1);
    await held.loads[0]!.finish();
    held.want(1);
    expect(held.loads).toHaveLength(1);
  });

  it('for another alias of the serving version only renames it', async () => {
    await held.serve(1);
    held.want(1, 'champion');
    expect(held.loads).toHaveLength(1);
    expect(held.manager.status).toMatchObject({ state: 'serving', current: { alias: 'champion' } });
    const { values } = await held.metrics.modelInfo.get();
    expect(values.map(({ labels }) => labels.alias)).toEqual(['champion']);
  });
});

describe('a swap', () => {
  it('leaves the old version serving until the new one is loaded', async () => {
    await held.serve(1);
    held.want(2);
    expect(held.manager.status).toMatchObject({ state: 'loading', current: { inFlight: 0 } });
    expect(held.servingVersion).toBe(1);
    await held.loads[1]!.finish();
    expect(held.servingVersion).toBe(2);
    expect(held.disposed).toEqual([1]);
  });

  it('disposes the old version only when the last borrower has returned it', async () => {
    await held.serve(1);
    const [first, second] = [held.manager.borrow(), held.manager.borrow()];
    await held.serve(2);
    first.release();
    first.release();
    await settle();
    expect(held.disposed).toEqual([]);
    second.release();
    expect(held.disposed).toEqual([]);
    await settle();
    expect(held.disposed).toEqual([1]);
  });

  it('that fails leaves the old version serving, with the reason', async () => {
    await held.serve(1);
    held.want(2);
    await held.loads[1]!.fail('golden sample 0 differs');
    expect(held.servingVersion).toBe(1);
    expect(held.manager.status).toMatchObject({ state: 'failed', desired: { version: 2 } });
    expect(held.manager.status.reason).toMatch(/Version 2 .*golden sample 0 differs/);
    expect(held.disposed).toEqual([]);
  });

  it('back to the serving version gives up the load and its fault', async () => {
    await held.serve(1);
    held.want(2);
    await held.loads[1]!.fail('broken');
    held.want(1);
    expect(held.manager.status).toMatchObject({ state: 'serving', reason: undefined });
    await held.clock.advance(10_000);
    expect(held.loads).toHaveLength(2);
  });
});

describe('a newer desired version', () => {
  it('overtakes an older load, which is aborted and disposed, never applied', async () => {
    await held.serve(1);
    held.want(2);
    held.want(3);
    expect(held.loads[1]!.signal.aborted).toBe(true);
    await held.loads[2]!.finish();
    expect(held.servingVersion).toBe(3);
    await held.loads[1]!.finish();
    expect(held.servingVersion).toBe(3);
    expect(held.disposed).toEqual([1, 2]);
    expect(await held.swaps()).toEqual({ ok: 2, overtaken: 1 });
  });

  it('is not disturbed by the failure of the older load', async () => {
    held.want(1);
    held.want(2);
    await held.loads[0]!.fail('aborted');
    expect(held.manager.status).toMatchObject({ state: 'loading', reason: undefined });
    await held.clock.advance(10_000);
    expect(held.loads).toHaveLength(2);
  });
});

describe('a desired version that is withdrawn', () => {
  it('unloads what serves after its last borrower, and reports why', async () => {
    await held.serve(1);
    const borrowed = held.manager.borrow();
    held.manager.withdraw('no traffic is meant for it');
    expect(held.manager.status).toMatchObject({
      state: 'waiting',
      reason: 'no traffic is meant for it',
      current: undefined,
      desired: undefined,
    });
    expect((await held.metrics.modelInfo.get()).values).toEqual([]);
    await settle();
    expect(held.disposed).toEqual([]);
    borrowed.release();
    await settle();
    expect(held.disposed).toEqual([1]);
  });

  it('gives up its load, and can be stated again', async () => {
    held.want(1);
    held.manager.withdraw('not now');
    expect(held.loads[0]!.signal.aborted).toBe(true);
    await held.loads[0]!.finish();
    expect(held.disposed).toEqual([1]);
    await held.serve(1);
    expect(held.servingVersion).toBe(1);
  });
});

describe('the series of a version', () => {
  it('end when it is disposed', async () => {
    await held.serve(1);
    held.metrics.predictions.inc({ version: '1', bucket: '20-29' });
    held.metrics.predictedAge.observe({ version: '1' }, 25);
    held.metrics.inferenceDuration.observe({ version: '1' }, 0.01);
    held.metrics.feedbackError.observe({ version: 1 }, 3);
    held.metrics.canaryPhotos.inc({ version: '1', outcome: 'failed' });
    held.metrics.shadowDisagreements.inc({ version: '1' });
    held.metrics.predictions.inc({ version: '2', bucket: '20-29' });
    await held.serve(2);
    const text = await held.metrics.registry.metrics();
    expect(text).not.toContain('version="1"');
    expect(text).toContain('face_age_predictions_total{version="2",bucket="20-29"} 1');
  });
});

describe('closing', () => {
  it('disposes what serves after its last borrower, and lends no more', async () => {
    await held.serve(1);
    const borrowed = held.manager.borrow();
    let closed = false;
    const closing = held.manager.close().then(() => (closed = true));
    expect(() => held.manager.borrow()).toThrow(expect.objectContaining({ code: 'shutting_down' }));
    await settle();
    expect(closed).toBe(false);
    borrowed.release();
    await closing;
    expect(held.disposed).toEqual([1]);
  });

  it('waits for a load under way and disposes what it brings', async () => {
    held.want(1);
    const closing = held.manager.close();
    expect(held.loads[0]!.signal.aborted).toBe(true);
    await held.loads[0]!.finish();
    await closing;
    expect(held.disposed).toEqual([1]);
    held.want(2);
    expect(held.loads).toHaveLength(1);
  });
});
