import { Gauge, type Registry } from 'prom-client';

/** Of the GPUs that this machine shows, whoever uses them. */
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
      help: '1 while nvidia-smi should tell of the GPUs and does not',
      registers,
    }),
  } as const;
}
