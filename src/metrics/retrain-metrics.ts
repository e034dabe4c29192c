import { Counter, Gauge, type Registry } from 'prom-client';

/** Of the retrainings that this process starts. */
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
