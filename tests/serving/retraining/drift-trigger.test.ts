import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { driftTrigger } from '../../../src/serving/retraining/triggers.ts';
import { createFakeRetraining, type FakeRetraining } from '../../support/fakes/fake-retraining.ts';

const COOL_DOWN_MS = 3_600_000;
const facts = {
  version: 3,
  windowPhotos: 1000,
  features: [{ feature: 'brightness', psi: 0.412, limit: 0.25 }],
};

let nowMs: number;
let retraining: FakeRetraining;
beforeEach(async () => {
  nowMs = Date.parse('2026-05-01T00:00:00Z');
  retraining = await createFakeRetraining({ coolDownMs: COOL_DOWN_MS, nowMs: () => nowMs });
});
afterEach(() => retraining.close());

const trigger = (enabled = true) =>
  driftTrigger({ runner: retraining.runner, enabled, logger: retraining.log.logger });
async function runs(): Promise<number> {
  await retraining.runner.idle();
  const { values } = await retraining.metrics.retrainRuns.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

describe('drift', () => {
  it('starts a retraining once per cool-down', async () => {
    const onDrift = trigger();
    onDrift(facts);
    onDrift(facts);
    expect(await runs()).toBe(1);
    expect((await retraining.runner.view()).last?.reason).toEqual({
      kind: 'drift',
      detail: '1000 photos of version 3: brightness 0.41 (limit 0.25)',
    });
    nowMs += COOL_DOWN_MS - 1;
    onDrift(facts);
    expect(await runs()).toBe(1);
    nowMs += 1;
    onDrift(facts);
    expect(await runs()).toBe(2);
  });

  it('starts the cool-down also for a retraining that others started, but blocks none of theirs', async () => {
    retraining.runner.start({ kind: 'admin', detail: 'by hand' });
    await retraining.runner.idle();
    trigger()(facts);
    expect(await runs()).toBe(1);
    expect(retraining.runner.start({ kind: 'admin', detail: 'again' }).started).toBe(true);
  });

  it('starts none after a restart that the cool-down outlasts', async () => {
    trigger()(facts);
    expect(await runs()).toBe(1);
    const restarted = retraining.again();
    await restarted.recall();
    driftTrigger({ runner: restarted, enabled: true, logger: retraining.log.logger })(facts);
    expect(await runs()).toBe(1);
    expect((await restarted.view()).run).toBeUndefined();
  });

  it('is only logged if RETRAIN_ON_DRIFT is off', async () => {
    trigger(false)(facts);
    expect(await runs()).toBe(0);
    expect(retraining.log.logged('info')).toEqual([
      'drift starts no retraining: RETRAIN_ON_DRIFT is off',
    ]);
  });
});
