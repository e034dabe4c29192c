import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { modelMetrics, registryMetrics } from './model-metrics.ts';
import { driftMetrics, gpuMetrics, retrainMetrics, feedbackMetrics } from './operation-metrics.ts';
import { trafficMetrics } from './traffic-metrics.ts';

const latencySeconds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** All metrics of one server. Their labels are bounded; `version` is the version that answered. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics of one server: one call per app, so that tests do not share counts. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = {
    ...requestMetrics(registry),
    ...decodingMetrics(registry),
    ...inferenceMetrics(registry),
    ...faceMetrics(registry),
    ...answerMetrics(registry),
    ...driftMetrics(registry),
    ...modelMetrics(registry),
    ...gpuMetrics(registry),
    ...registryMetrics(registry),
    ...feedbackMetrics(registry),
    ...retrainMetrics(registry),
    ...trafficMetrics(registry),
  };
  return {
    ...metrics,
    registry,
    /** Removes every series labeled with a version that answers no more, which bounds their number. */
    forgetVersion: async (version: number): Promise<void> => {
      await Promise.all(Object.values(metrics).map((metric) => removeVersion(metric, version)));
    },
  };
}

type Labels = Partial<Record<string, string | number>>;

/** As much of a metric as removing series takes, whatever its type and labels. */
interface LabeledMetric {
  get(): Promise<{ values: readonly { labels: Labels }[] }>;
  remove(labels: Labels): void;
}

async function removeVersion(metric: LabeledMetric, version: number): Promise<void> {
  for (const { labels } of (await metric.get()).values) {
    if (String(labels.version) !== String(version)) continue;
    const ofSeries = { ...labels };
    // A histogram lists a value for each of its buckets, but `le` is not a label of the series.
    delete ofSeries.le;
    metric.remove(ofSeries);
  }
}

function requestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    httpRequests: new Counter({
      name: 'face_age_http_requests_total',
      help: 'Requests answered',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'face_age_http_request_duration_seconds',
      help: 'Time from request to end of answer',
      labelNames: ['method', 'route'],
      buckets: latencySeconds,
      registers,
    }),
    images: new Counter({
      name: 'face_age_images_total',
      help: 'Images received, by outcome (ok or error code)',
      labelNames: ['outcome'],
      registers,
    }),
    rejected: new Counter({
      name: 'face_age_rejected_total',
      help: 'Requests refused before inference',
      labelNames: ['reason'],
      registers,
    }),
    eventLoopDelay: new Gauge({
      name: 'face_age_event_loop_delay_seconds',
      help: 'Event-loop delay since the last scrape, 1 ms resolution',
      labelNames: ['quantile'],
      registers,
    }),
  } as const;
}

function decodingMetrics(registry: Registry) {
  const registers = [registry];
  return {
    preprocessDuration: new Histogram({
      name: 'face_age_preprocess_duration_seconds',
      help: 'Decoding and resampling of one image',
      buckets: latencySeconds,
      registers,
    }),
    decodeBudget: new Gauge({
      name: 'face_age_decode_budget_bytes',
      help: 'Memory for decoding: the limit, what photos that are decoded use, and what waiting ones will',
      labelNames: ['state'],
      registers,
    }),
  } as const;
}

function inferenceMetrics(registry: Registry) {
  const registers = [registry];
  return {
    queueDuration: new Histogram({
      name: 'face_age_queue_duration_seconds',
      help: 'Wait of one image for its batch',
      buckets: latencySeconds,
      registers,
    }),
    inferenceDuration: new Histogram({
      name: 'face_age_inference_duration_seconds',
      help: 'Inference of one batch',
      labelNames: ['version'],
      buckets: latencySeconds,
      registers,
    }),
    batchSize: new Histogram({
      name: 'face_age_batch_size',
      help: 'Images in a batch, before padding',
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    queueImages: new Gauge({
      name: 'face_age_queue_images',
      help: 'Images waiting for inference',
      registers,
    }),
    queueCapacityImages: new Gauge({
      name: 'face_age_queue_capacity_images',
      help: 'Images that may wait for inference; more are refused',
      registers,
    }),
  } as const;
}

function faceMetrics(registry: Registry) {
  const registers = [registry];
  const metrics = {
    faceDetectionDuration: new Histogram({
      name: 'face_age_face_detection_duration_seconds',
      help: 'Finding the faces of one image, with the wait for batches, without decoding',
      buckets: latencySeconds,
      registers,
    }),
    facesFound: new Counter({
      name: 'face_age_faces_found_total',
      help: 'Images in which faces were searched, by what was found: none, one or several (only where all are asked for)',
      labelNames: ['outcome'],
      registers,
    }),
    warnings: new Counter({
      name: 'face_age_warnings_total',
      help: 'Warnings of answered faces',
      labelNames: ['warning'],
      registers,
    }),
  } as const;
  // A rate needs the series from the start, not from the first photo.
  for (const outcome of ['none', 'one', 'several']) metrics.facesFound.inc({ outcome }, 0);
  return metrics;
}

function answerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    predictions: new Counter({
      name: 'face_age_predictions_total',
      help: 'Images answered, by most probable bucket of the model',
      labelNames: ['version', 'bucket'],
      registers,
    }),
    predictedAge: new Histogram({
      name: 'face_age_predicted_age_years',
      help: 'Mean age answered',
      labelNames: ['version'],
      buckets: [10, 20, 30, 40, 50, 60, 70, 80, 90],
      registers,
    }),
    confidence: new Histogram({
      name: 'face_age_prediction_confidence',
      help: 'Probability of the most probable bucket',
      labelNames: ['version'],
      buckets: [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
      registers,
    }),
  } as const;
}
