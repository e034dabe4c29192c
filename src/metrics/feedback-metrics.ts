import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Of the feedback that this server takes. */
export function feedbackMetrics(registry: Registry) {
  const registers = [registry];
  return {
    feedback: new Counter({
      name: 'face_age_feedback_total',
      help: 'True ages that were told, by what became of them, and removals',
      labelNames: ['result'],
      registers,
    }),
    feedbackError: new Histogram({
      name: 'face_age_feedback_absolute_error_years',
      help: 'Difference between the mean age answered and the true age that was told',
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
