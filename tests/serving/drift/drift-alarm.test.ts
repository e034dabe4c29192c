import { describe, expect, it } from 'vitest';
import { DriftAlarm } from '../../../src/serving/drift/drift-alarm.ts';
import { driftFeatures } from '../../../src/registry/drift/reference-histograms.ts';

const options = { threshold: 0.25, coolDownMs: 1000, features: driftFeatures };

/** What the alarm makes of one feature's index at a time. */
function checks(alarm: DriftAlarm, byChance = 0.02) {
  return (psi: number, nowMs: number) => {
    const { features, raised } = alarm.check([{ feature: 'brightness', psi, byChance }], nowMs);
    return { raised, drifts: features[0]!.drifts, limit: features[0]!.limit };
  };
}

describe('the alarm', () => {
  it('is raised when a feature passes the threshold, and not at it', () => {
    const check = checks(new DriftAlarm(options));
    expect(check(0.25, 0)).toEqual({ raised: false, drifts: false, limit: 0.25 });
    expect(check(0.251, 0)).toEqual({ raised: true, drifts: true, limit: 0.25 });
  });

  it('is raised once per cool-down for as long as drift lasts', () => {
    const check = checks(new DriftAlarm(options));
    const raisedAt = [0, 1, 500, 999, 1000, 1001, 1999, 2000].filter(
      (nowMs) => check(0.4, nowMs).raised,
    );
    expect(raisedAt).toEqual([0, 1000, 2000]);
  });

  it('is not raised sooner if drift starts and stops repeatedly', () => {
    const check = checks(new DriftAlarm(options));
    expect(check(0.4, 0).raised).toBe(true);
    expect(check(0.01, 100)).toMatchObject({ raised: false, drifts: false });
    expect(check(0.4, 200)).toMatchObject({ raised: false, drifts: true });
    expect(check(0.01, 1500).raised).toBe(false);
    expect(check(0.4, 1600).raised).toBe(true);
  });

  it('reports a feature as drifting until its index is clearly below the threshold', () => {
    const check = checks(new DriftAlarm(options));
    expect([0.26, 0.24, 0.18, 0.17, 0.24].map((psi) => check(psi, 0).drifts)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('requires more than chance explains', () => {
    const check = checks(new DriftAlarm(options), 0.6);
    expect(check(0.5, 0)).toEqual({ raised: false, drifts: false, limit: 0.6 });
    expect(check(0.7, 0).raised).toBe(true);
  });

  it('is not raised by a feature that is only measured', () => {
    const check = checks(new DriftAlarm({ ...options, features: ['contrast'] }));
    expect(check(9, 0)).toEqual({ raised: false, drifts: false, limit: null });
  });

  it('forgets what drifted in another window, but not the cool-down', () => {
    const alarm = new DriftAlarm(options);
    const check = checks(alarm);
    check(0.4, 0);
    alarm.reset();
    expect(check(0.24, 10).drifts).toBe(false);
    expect(check(0.4, 20)).toMatchObject({ drifts: true, raised: false });
    expect(check(0.4, 1000).raised).toBe(true);
  });
});
