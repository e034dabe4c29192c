import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { startAtZero } from './operation-metrics.ts';

const differenceYears = [0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50];

/** Metrics of the versions beside production: canary and shadow. */
export function trafficMetrics(registry: Registry) {
  return { ...sideMetrics(registry), ...canaryMetrics(registry), ...shadowMetrics(registry) };
}

function sideMetrics(registry: Registry) {
  const registers = [registry];
  const sideLoads = new Counter({
    name: 'face_age_side_model_loads_total',
    help: 'Loads of versions beside production, by result',
    labelNames: ['alias', 'result'],
    registers,
  });
  for (const alias of ['canary', 'shadow']) {
    for (const result of ['ok', 'failed', 'overtaken']) sideLoads.inc({ alias, result }, 0);
  }
  return {
    sideLoads,
    sideVersion: new Gauge({
      name: 'face_age_side_model_version',
      help: 'Version that is loaded beside production, 0 for none',
      labelNames: ['alias'],
      registers,
    }),
  } as const;
}

function canaryMetrics(registry: Registry) {
  const registers = [registry];
  const canaryAborts = new Counter({
    name: 'face_age_canary_aborts_total',
    help: 'Canaries that this server aborted, by cause',
    labelNames: ['cause'],
    registers,
  });
  startAtZero(canaryAborts, 'cause', ['errors', 'latency', 'difference']);
  return {
    canaryAborts,
    canaryWeight: new Gauge({
      name: 'face_age_canary_weight',
      help: 'Share of the traffic that goes to the canary, 0 while there is none or it is not loaded',
      registers,
    }),
    canaryPhotos: new Counter({
      name: 'face_age_canary_photos_total',
      help: 'Photos while a canary takes part, by version and by whether they could be answered',
      labelNames: ['version', 'outcome'],
      registers,
    }),
    canaryFallbacks: new Counter({
      name: 'face_age_canary_fallbacks_total',
      help: 'Requests of the canary’s share that production answered, as the canary was not loaded',
      registers,
    }),
    canaryDifference: new Histogram({
      name: 'face_age_canary_difference_years',
      help: 'Difference between the mean ages of the canary and of production for one photo',
      labelNames: ['version'],
      buckets: differenceYears,
      registers,
    }),
  } as const;
}

function shadowMetrics(registry: Registry) {
  const registers = [registry];
  const shadowPhotos = new Counter({
    name: 'face_age_shadow_photos_total',
    help: 'Copies of answered photos for the shadow, by result',
    labelNames: ['result'],
    registers,
  });
  startAtZero(shadowPhotos, 'result', ['compared', 'dropped', 'failed', 'incomparable']);
  return {
    shadowPhotos,
    shadowQueueImages: new Gauge({
      name: 'face_age_shadow_queue_images',
      help: 'Copies that wait for the shadow',
      registers,
    }),
    shadowInference: new Histogram({
      name: 'face_age_shadow_inference_duration_seconds',
      help: 'Inference of the shadow, one photo at a time',
      labelNames: ['version'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      registers,
    }),
    shadowDifference: new Histogram({
      name: 'face_age_shadow_difference_years',
      help: 'Difference between the mean ages of the shadow and of production for one photo',
      labelNames: ['version'],
      buckets: differenceYears,
      registers,
    }),
    shadowDisagreements: new Counter({
      name: 'face_age_shadow_bucket_disagreements_total',
      help: 'Photos for which the most probable buckets of shadow and production differ',
      labelNames: ['version'],
      registers,
    }),
  } as const;
}
