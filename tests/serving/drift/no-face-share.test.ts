import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/common/metrics/metrics.ts';
import { seededRandom } from '../../../src/common/random.ts';
import { driftFeatures } from '../../../src/registry/drift/reference-histograms.ts';
import { DriftMonitor, type DriftFacts } from '../../../src/serving/drift/drift-monitor.ts';
import { randomTraits, watchedModel } from '../../support/drift-photos.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { recordingLogger } from '../../support/fakes/recording-logger.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';

const random = seededRandom(3);

/** A monitor and the alarms that it has raised. */
function watch(windowPhotos: number) {
  const monitor = new DriftMonitor({
    windowPhotos,
    threshold: 0.25,
    coolDownMs: 60_000,
    features: driftFeatures,
    logger: recordingLogger().logger,
    metrics: createMetrics(),
    clock: new ManualClock(),
  });
  const alarms: DriftFacts[] = [];
  monitor.onDrift((facts) => void alarms.push(facts));
  return { monitor, alarms };
}

describe('photos without a face', () => {
  const reference = { no_face_share: { edges: [0, 0.5, 1], counts: [2300, 3] } };
  const model = { manifest: exampleManifest({ reference }) };
  const search = (monitor: DriftMonitor, found: boolean, photos: number) => {
    for (let photo = 0; photo < photos; photo++) {
      monitor.observeSearch(found, model);
      if (found) monitor.observe({ ...randomTraits(random), model });
    }
  };

  it('raise the alarm if their share grows, even if no photo is answered any more', () => {
    const { monitor, alarms } = watch(200);
    monitor.watch(model);
    search(monitor, true, 400);
    search(monitor, false, 1);
    expect(alarms).toEqual([]);
    search(monitor, false, 60);
    expect(alarms.map(({ features }) => features[0]!.feature)).toEqual(['no_face_share']);
  });

  it('raise the alarm if no photo has been answered at all', () => {
    const { monitor, alarms } = watch(100);
    monitor.watch(model);
    search(monitor, false, 99);
    expect(alarms).toEqual([]);
    search(monitor, false, 1);
    expect(alarms).toHaveLength(1);
    expect(monitor.status!.window.photos).toBe(0);
  });

  it('are ignored if another version searched, or the reference does not know them', () => {
    const { monitor, alarms } = watch(100);
    monitor.watch({ manifest: exampleManifest({ reference }) });
    search(monitor, false, 200);
    const old = watchedModel(200);
    monitor.watch(old);
    for (let photo = 0; photo < 200; photo++) monitor.observeSearch(false, old);
    expect(alarms).toEqual([]);
  });
});
