import { Counter, Gauge, type Registry } from 'prom-client';

/** Of how far photos are from those of the reference. */
export function driftMetrics(registry: Registry) {
  const registers = [registry];
  return {
    driftPsi: new Gauge({
      name: 'face_age_drift_psi',
      help: 'Population stability index of the latest photos against the reference of the version that serves',
      labelNames: ['feature'],
      registers,
    }),
    driftWindowPhotos: new Gauge({
      name: 'face_age_drift_window_photos',
      help: 'Photos in the window that is compared with the reference',
      registers,
    }),
    driftEvents: new Counter({
      name: 'face_age_drift_events_total',
      help: 'Times that drift raised the alarm, once per cool-down at most',
      registers,
    }),
  } as const;
}
