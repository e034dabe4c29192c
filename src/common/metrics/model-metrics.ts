import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { startAtZero } from './operation-metrics.ts';

/** Metrics of the serving and the desired version, of loads, and of the engine. */
export function modelMetrics(registry: Registry) {
  return { ...versionMetrics(registry), ...engineMetrics(registry) };
}

function versionMetrics(registry: Registry) {
  const registers = [registry];
  const modelSwaps = new Counter({
    name: 'face_age_model_swaps_total',
    help: 'Changes of the serving version, by result',
    labelNames: ['result'],
    registers,
  });
  startAtZero(modelSwaps, 'result', ['ok', 'failed', 'overtaken']);
  return {
    modelSwaps,
    modelInfo: new Gauge({
      name: 'face_age_model_info',
      help: '1 for the model that serves',
      labelNames: ['version', 'alias', 'engine', 'device', 'precision', 'digest'],
      registers,
    }),
    modelServingVersion: new Gauge({
      name: 'face_age_model_serving_version',
      help: 'Version that serves, 0 before one does',
      registers,
    }),
    modelDesiredVersion: new Gauge({
      name: 'face_age_model_desired_version',
      help: 'Version that the alias names, 0 before it is known',
      registers,
    }),
    modelLoadDuration: new Histogram({
      name: 'face_age_model_load_duration_seconds',
      help: 'Fetch, verify, load and warm-up of a version',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
  } as const;
}

function engineMetrics(registry: Registry) {
  const registers = [registry];
  const engineOverruns = new Counter({
    name: 'face_age_engine_task_overruns_total',
    help: 'Tasks of the engine that exceeded their time limit; the process ends itself after one',
    labelNames: ['task'],
    registers,
  });
  startAtZero(engineOverruns, 'task', ['load', 'run', 'dispose']);
  return {
    engineOverruns,
    workerRestarts: new Counter({
      name: 'face_age_worker_restarts_total',
      help: 'Restarts of the engine worker',
      registers,
    }),
    gpuExpectedButAbsent: new Gauge({
      name: 'face_age_gpu_expected_but_absent',
      help: '1 where an NVIDIA driver is present but no GPU is usable',
      registers,
    }),
  } as const;
}

/** Metrics of the reads of the alias. */
export function registryMetrics(registry: Registry) {
  const registers = [registry];
  const registryPolls = new Counter({
    name: 'face_age_registry_polls_total',
    help: 'Reads of the alias, by result',
    labelNames: ['result'],
    registers,
  });
  startAtZero(registryPolls, 'result', ['ok', 'failed']);
  return {
    registryPolls,
    registryLastSuccess: new Gauge({
      name: 'face_age_registry_last_success_timestamp_seconds',
      help: 'When the alias was last read',
      registers,
    }),
  } as const;
}
