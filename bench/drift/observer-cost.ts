import { DriftMonitor, type WatchedModel } from '../../src/serving/drift/drift-monitor.ts';
import { driftFeatures } from '../../src/registry/drift/reference-histograms.ts';
import { createLogger } from '../../src/common/logger.ts';
import { createMetrics } from '../../src/common/metrics/metrics.ts';
import { createAgeHead } from '../../src/inference/head/age-head.ts';
import { seededRandom } from '../../src/common/random.ts';
import type { Manifest } from '../../src/registry/manifest.ts';

const PHOTOS = 200_000;

/** CPU microseconds that watching one answered photo takes, checks included; measured alone in this process. */
export function observerMicroseconds(manifest: Manifest, windowPhotos: number): number {
  const monitor = new DriftMonitor({
    windowPhotos,
    threshold: 0.25,
    coolDownMs: 86_400_000,
    features: driftFeatures,
    logger: createLogger('silent'),
    metrics: createMetrics(),
  });
  const model: WatchedModel = { manifest };
  monitor.watch(model);
  const photos = answeredPhotos(manifest).map((photo) => ({ ...photo, model }));
  const observe = (count: number) => {
    for (let photo = 0; photo < count; photo++) monitor.observe(photos[photo % photos.length]!);
  };
  observe(PHOTOS / 10);
  const start = process.cpuUsage();
  observe(PHOTOS);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / PHOTOS;
}

/** Estimates as the version's own head makes them. */
function answeredPhotos({ head, buckets }: Manifest) {
  const ageHead = createAgeHead(head, buckets);
  const random = seededRandom(5);
  return Array.from({ length: 500 }, () => {
    const output = Float32Array.from({ length: ageHead.outputLength }, () => random() ** 8);
    return {
      estimate: ageHead.interpret(output),
      grey: { mean: 255 * random(), std: 80 * random() },
      photo: { width: 200, height: 200 },
    };
  });
}
