import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/common/metrics/metrics.ts';
import { seededRandom } from '../../../src/common/random.ts';
import { driftFeatures } from '../../../src/registry/drift/reference-histograms.ts';
import {
  DriftMonitor,
  type WatchedModel,
  type DriftFacts,
} from '../../../src/serving/drift/drift-monitor.ts';
import { randomTraits, watchedModel } from '../../support/drift-photos.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger, type RecordingLogger } from '../../support/fakes/recording-logger.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';

const DRIFTED = 'the photos have drifted from those that the model was validated on';

let clock: ManualClock;
let metrics: Metrics;
let log: RecordingLogger;
let text: DriftFacts[];
let random = seededRandom(3);
beforeEach(() => {
  clock = new ManualClock();
  metrics = createMetrics();
  log = recordingLogger();
  text = [];
  random = seededRandom(3);
});

function monitorOf(windowPhotos: number, onDrift = (facts: DriftFacts) => void text.push(facts)) {
  const monitor = new DriftMonitor({
    windowPhotos,
    threshold: 0.25,
    coolDownMs: 60_000,
    features: driftFeatures,
    logger: log.logger,
    metrics,
    clock,
  });
  monitor.onDrift(onDrift);
  return monitor;
}

function send(monitor: DriftMonitor, model: WatchedModel, photos: number, darkerBy = 0): void {
  for (let photo = 0; photo < photos; photo++)
    monitor.observe({ ...randomTraits(random, { darkerBy }), model });
}

const psiShown = async () => {
  const { values } = await metrics.driftPsi.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.feature), value]));
};
const valueOf = async (metric: Metrics['driftEvents'] | Metrics['driftWindowPhotos']) =>
  (await metric.get()).values[0]?.value;

describe('unchanged photos', () => {
  it('raise no alarm in 10,000 requests, whatever the draw', () => {
    for (let seed = 0; seed < 3; seed++) {
      random = seededRandom(seed);
      const model = watchedModel(2303, 1, seed);
      const monitor = monitorOf(1000);
      monitor.watch(model);
      send(monitor, model, 10_000);
      const highest = Math.max(...Object.values(monitor.status!.features).map(({ psi }) => psi));
      expect(highest).toBeLessThan(0.1);
    }
    expect(text).toEqual([]);
  });

  it('raise no alarm if the reference has few photos or the window is small', () => {
    for (const [referencePhotos, windowPhotos] of [
      [30, 1000],
      [60, 100],
      [2303, 50],
    ] as const) {
      for (let seed = 0; seed < 2; seed++) {
        random = seededRandom(seed);
        const model = watchedModel(referencePhotos, 1, seed);
        const monitor = monitorOf(windowPhotos);
        monitor.watch(model);
        send(monitor, model, 5000);
      }
    }
    expect(text).toEqual([]);
  });
});

describe('darker photos', () => {
  it('raise the alarm within one window, and once per cool-down', async () => {
    const model = watchedModel(2303);
    const monitor = monitorOf(200);
    monitor.watch(model);
    send(monitor, model, 400);
    expect(text).toEqual([]);
    send(monitor, model, 200, 60);
    expect(text).toHaveLength(1);
    expect(text[0]).toMatchObject({ model: 'face-age', version: 1, windowPhotos: 200 });
    expect(text[0]!.features.map(({ feature }) => feature)).toEqual(['brightness']);
    expect(text[0]!.features[0]!.psi).toBeGreaterThan(text[0]!.features[0]!.limit);
    send(monitor, model, 400, 60);
    expect(text).toHaveLength(1);
    await clock.advance(60_000);
    send(monitor, model, 400, 60);
    expect(text).toHaveLength(2);
    expect(log.logged('warn')).toEqual([DRIFTED, DRIFTED]);
    expect(await valueOf(metrics.driftEvents)).toBe(2);
  });

  it('are not reported before the window is full', async () => {
    const model = watchedModel(2303);
    const monitor = monitorOf(200);
    monitor.watch(model);
    send(monitor, model, 199, 60);
    expect(text).toEqual([]);
    expect(await psiShown()).toEqual({});
    expect(await valueOf(metrics.driftWindowPhotos)).toBe(199);
    expect(monitor.status).toMatchObject({ window: { photos: 199, size: 200 }, features: {} });
    send(monitor, model, 1, 60);
    expect(text).toHaveLength(1);
    expect(Object.keys(await psiShown()).toSorted()).toEqual(
      Object.keys(model.manifest.reference).toSorted(),
    );
    expect((await psiShown()).brightness).toBeGreaterThan(0.25);
    expect(monitor.status!.features.brightness).toMatchObject({ limit: 0.25, drifts: true });
  });

  it('raise the alarm even if a listener fails', () => {
    const model = watchedModel(2303);
    const monitor = monitorOf(100, () => {
      throw new Error('no retraining today');
    });
    monitor.watch(model);
    send(monitor, model, 300, 60);
    expect(log.logged('warn')).toEqual([DRIFTED]);
    expect(log.logged('error')).toEqual(['a drift listener failed']);
  });
});

describe('a swap', () => {
  it('begins a new window; photos of the previous version are ignored, the cool-down continues', async () => {
    const [old, young] = [watchedModel(2303, 1), watchedModel(2303, 2)];
    const monitor = monitorOf(200);
    monitor.watch(old);
    send(monitor, old, 200, 60);
    expect(text).toHaveLength(1);
    monitor.watch(young);
    expect(await psiShown()).toEqual({});
    expect(monitor.status).toMatchObject({ version: 2, window: { photos: 0 }, features: {} });
    send(monitor, old, 50, 60);
    expect(monitor.status!.window.photos).toBe(0);
    send(monitor, young, 200, 60);
    expect(monitor.status!.features.brightness!.drifts).toBe(true);
    expect(text).toHaveLength(1);
    await clock.advance(60_000);
    send(monitor, young, 20, 60);
    expect(text.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('does not report a feature as drifting because it drifted in the previous window', () => {
    const reference = { brightness: { edges: [0, 100, 255], counts: [1_000_000, 1_000_000] } };
    const models = [1, 2].map((version) => ({ manifest: exampleManifest({ version, reference }) }));
    const monitor = monitorOf(200);
    const sendDark = (model: WatchedModel, dark: number) => {
      monitor.watch(model);
      for (let photo = 0; photo < 200; photo++) {
        const gray = { mean: photo < dark ? 50 : 150, std: 40 };
        monitor.observe({ ...randomTraits(random), gray, model });
      }
      return monitor.status!.features.brightness!;
    };
    expect(sendDark(models[0]!, 200).drifts).toBe(true);
    const { psi, limit, drifts } = sendDark(models[1]!, 144);
    expect(psi / limit!).toBeGreaterThan(0.7);
    expect(psi / limit!).toBeLessThan(1);
    expect(drifts).toBe(false);
  });

  it('back to the version before begins a new window too', () => {
    const [old, young] = [watchedModel(100, 1), watchedModel(100, 2)];
    const monitor = monitorOf(200);
    monitor.watch(old);
    send(monitor, old, 150);
    monitor.watch(young);
    monitor.watch(old);
    expect(monitor.status!.window).toEqual({ photos: 0, size: 200, since: null });
  });
});

describe('a version without reference histograms', () => {
  it('is reported once as not watched, with the reason; no index is shown', async () => {
    const model = watchedModel(0, 7);
    const monitor = monitorOf(100);
    monitor.watch(model);
    send(monitor, model, 300, 60);
    expect(log.logged('info')).toEqual([
      'version 7 has no reference histograms, so drift is not watched; npm run refresh -- 7 publishes it with some',
    ]);
    expect(monitor.status!.reason).toContain('npm run refresh -- 7');
    expect(await psiShown()).toEqual({});
    expect(text).toEqual([]);
  });
});

describe('the status', () => {
  it('is none before a version serves', () => {
    const monitor = monitorOf(100);
    send(monitor, watchedModel(100), 10);
    expect(monitor.status).toBeUndefined();
  });

  it('reports when the oldest photo was answered and when the alarm was raised', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2027-01-01T10:00:00Z') });
    try {
      const model = watchedModel(2303);
      const monitor = monitorOf(100);
      monitor.watch(model);
      send(monitor, model, 50, 60);
      vi.setSystemTime(new Date('2027-01-01T10:05:00Z'));
      send(monitor, model, 50, 60);
      expect(monitor.status!.window.since).toEqual(new Date('2027-01-01T10:00:00Z'));
      expect(monitor.status!.raisedAt).toEqual(new Date('2027-01-01T10:05:00Z'));
      expect(text[0]!.since).toEqual(new Date('2027-01-01T10:00:00Z'));
    } finally {
      vi.useRealTimers();
    }
  });
});
