import { Counter, Gauge, type Registry, Histogram } from 'prom-client';

/**
 * Starts a counter at 0 for each value of its label, as `rate()` does not see the increase of a series that first appears
 * at 1.
 */
export function startAtZero<Label extends string>(
  counter: Counter<Label>,
  label: Label,
  values: readonly string[],
): void {
  for (const value of values) {
    const labels: Partial<Record<Label, string>> = {};
    labels[label] = value;
    counter.inc(labels, 0);
  }
}

/** Metrics of the photos' distance from the reference. */
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

/** Metrics of the feedback that this server accepts. */
export function feedbackMetrics(registry: Registry) {
  const registers = [registry];
  return {
    feedback: new Counter({
      name: 'face_age_feedback_total',
      help: 'Submitted true ages and removals, by result',
      labelNames: ['result'],
      registers,
    }),
    feedbackError: new Histogram({
      name: 'face_age_feedback_absolute_error_years',
      help: 'Difference between the mean age answered and the submitted true age',
      labelNames: ['version'],
      buckets: [1, 2, 3, 5, 7, 10, 15, 20, 30, 50],
      registers,
    }),
    feedbackPhotos: new Gauge({
      name: 'face_age_feedback_photos',
      help: 'Photos in the feedback store, as far as this server knows',
      registers,
    }),
    feedbackMemoryBytes: new Gauge({
      name: 'face_age_feedback_memory_bytes',
      help: 'Answered photos that are remembered for feedback',
      registers,
    }),
  } as const;
}

/** Metrics of this machine's GPUs, whatever process uses them. */
export function gpuMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ['gpu'] as const;
  return {
    gpuMemoryUsed: new Gauge({
      name: 'face_age_gpu_memory_used_bytes',
      help: 'Memory of a GPU in use by all processes',
      labelNames,
      registers,
    }),
    gpuMemoryTotal: new Gauge({
      name: 'face_age_gpu_memory_total_bytes',
      help: 'Memory of a GPU',
      labelNames,
      registers,
    }),
    gpuUtilization: new Gauge({
      name: 'face_age_gpu_utilization_ratio',
      help: 'Share of the last moments (up to a second) in which a GPU was computing, for any process',
      labelNames,
      registers,
    }),
    gpuReadingFailed: new Gauge({
      name: 'face_age_gpu_reading_failed',
      help: '1 while nvidia-smi should report the GPUs and does not',
      registers,
    }),
  } as const;
}

/** Metrics of the retrainings that this process starts. */
export function retrainMetrics(registry: Registry) {
  const registers = [registry];
  return {
    retrainRuns: new Counter({
      name: 'face_age_retrain_runs_total',
      help: 'Retrainings that this process started and that have ended, by outcome',
      labelNames: ['result'],
      registers,
    }),
    retrainRunning: new Gauge({
      name: 'face_age_retrain_running',
      help: '1 while a retraining runs that this process started',
      registers,
    }),
    retrainLastRun: new Gauge({
      name: 'face_age_retrain_last_run_timestamp_seconds',
      help: 'When a retraining last ended, by outcome',
      labelNames: ['result'],
      registers,
    }),
  } as const;
}
