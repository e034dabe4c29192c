import { stat, timeseries, type Row } from './panel.ts';
import { mean, perSecond, predict, quantile } from './queries.ts';

const traffic: Row = {
  title: 'Traffic',
  panels: [
    timeseries('Requests by status', 'reqps', [
      [perSecond('face_age_http_requests_total', 'status', predict), '{{status}}'],
    ]),
    timeseries('Photos by outcome', 'ops', [
      [perSecond('face_age_images_total', 'outcome'), '{{outcome}}'],
    ]),
    timeseries(
      'Request duration',
      's',
      [0.5, 0.95, 0.99].map((share) => [
        quantile(share, 'face_age_http_request_duration_seconds', predict),
        `p${share * 100}`,
      ]),
      'Includes the upload. Objective: 99 % within 0.5 s.',
    ),
    timeseries('Time per photo by stage', 's', [
      [mean('face_age_preprocess_duration_seconds'), 'decode and resample'],
      [mean('face_age_queue_duration_seconds'), 'wait for a batch'],
      [mean('face_age_inference_duration_seconds'), 'inference of a batch'],
    ]),
    timeseries('Rejections by reason', 'reqps', [
      [perSecond('face_age_rejected_total', 'reason'), '{{reason}}'],
    ]),
    timeseries(
      'Failed and slow requests',
      'percentunit',
      [
        ['job:face_age_predict_failed:ratio_rate5m{job=~"$job"}', 'failed ({{job}})'],
        ['job:face_age_predict_slow:ratio_rate5m{job=~"$job"}', 'slow ({{job}})'],
      ],
      'Share over the last five minutes. Objectives: 0.1 % and 1 %.',
    ),
  ],
};

const capacity: Row = {
  title: 'Capacity',
  panels: [
    timeseries('Queue', 'percentunit', [
      [
        'face_age_queue_images{job=~"$job"} / face_age_queue_capacity_images{job=~"$job"}',
        '{{instance}}',
      ],
    ]),
    timeseries('Photos in a batch', 'short', [[mean('face_age_batch_size'), 'mean']]),
    timeseries('CPU', 'short', [
      ['rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval])', '{{instance}}'],
    ]),
    timeseries('Memory', 'bytes', [['process_resident_memory_bytes{job=~"$job"}', '{{instance}}']]),
    timeseries(
      'Event loop delay',
      's',
      [['face_age_event_loop_delay_seconds{job=~"$job", quantile="0.99"}', '{{instance}}']],
      '99th percentile since the previous scrape.',
    ),
    timeseries('Restarts', 'short', [
      ['changes(process_start_time_seconds{job=~"$job"}[1h])', 'process of {{instance}}'],
      ['increase(face_age_worker_restarts_total{job=~"$job"}[1h])', 'engine of {{instance}}'],
    ]),
    timeseries(
      'GPU memory',
      'bytes',
      [
        ['face_age_gpu_memory_used_bytes{job=~"$job"}', 'used, GPU {{gpu}} of {{instance}}'],
        ['face_age_gpu_memory_total_bytes{job=~"$job"}', 'all, GPU {{gpu}} of {{instance}}'],
      ],
      'Used by all processes. TensorFlow does not release memory that it has allocated.',
    ),
    timeseries('GPU utilization', 'percentunit', [
      ['face_age_gpu_utilization_ratio{job=~"$job"}', 'GPU {{gpu}} of {{instance}}'],
    ]),
    stat(
      'GPU metrics unavailable',
      'bool_yes_no',
      [['max by (job) (face_age_gpu_reading_failed{job=~"$job"})', '{{job}}']],
      "nvidia-smi fails; see the server's log for the reason.",
    ),
  ],
};

const model: Row = {
  title: 'Model',
  panels: [
    stat('Serving', 'none', [
      [
        'face_age_model_info{job=~"$job"}',
        'version {{version}}, {{engine}} on {{device}}, {{instance}}',
      ],
    ]),
    timeseries('Version', 'none', [
      ['face_age_model_serving_version{job=~"$job"}', 'serving on {{instance}}'],
      ['max by (job) (face_age_model_desired_version{job=~"$job"})', 'desired by {{job}}'],
    ]),
    timeseries('Swaps in an hour', 'short', [
      ['sum by (result) (increase(face_age_model_swaps_total{job=~"$job"}[1h]))', '{{result}}'],
    ]),
    timeseries('Model load time', 's', [
      [
        'sum by (job) (face_age_model_load_duration_seconds_sum{job=~"$job"}) / ' +
          'sum by (job) (face_age_model_load_duration_seconds_count{job=~"$job"})',
        'mean since the start',
      ],
    ]),
    timeseries('Time since last registry read', 's', [
      ['time() - face_age_registry_last_success_timestamp_seconds{job=~"$job"}', '{{instance}}'],
    ]),
    timeseries('Registry reads', 'ops', [
      [perSecond('face_age_registry_polls_total', 'result'), '{{result}}'],
    ]),
    stat('GPU expected but absent', 'bool_yes_no', [
      ['max by (job) (face_age_gpu_expected_but_absent{job=~"$job"})', '{{job}}'],
    ]),
  ],
};

const answers: Row = {
  title: 'Answers',
  panels: [
    timeseries('Predictions by decade', 'ops', [
      [perSecond('face_age_predictions_total', 'bucket'), '{{bucket}}'],
    ]),
    timeseries(
      'Predicted age',
      'none',
      [0.1, 0.5, 0.9].map((share) => [
        quantile(share, 'face_age_predicted_age_years'),
        `p${share * 100}`,
      ]),
    ),
    timeseries('Confidence', 'percentunit', [
      [mean('face_age_prediction_confidence', 'version'), 'version {{version}}'],
    ]),
    timeseries(
      'Drift',
      'none',
      [['max by (feature) (face_age_drift_psi{job=~"$job"})', '{{feature}}']],
      'Population stability index; the alert is at 0.25.',
    ),
    timeseries('Photos in the drift window', 'short', [
      ['face_age_drift_window_photos{job=~"$job"}', '{{instance}}'],
    ]),
    timeseries('Drift alarms in a day', 'short', [
      ['sum by (job) (increase(face_age_drift_events_total{job=~"$job"}[1d]))', '{{job}}'],
    ]),
  ],
};

const sideVersions: Row = {
  title: 'Canary and shadow',
  panels: [
    timeseries('Canary and shadow versions', 'none', [
      ['max by (alias) (face_age_side_model_version{job=~"$job"})', '{{alias}}'],
    ]),
    timeseries('Canary weight', 'percentunit', [
      ['face_age_canary_weight{job=~"$job"}', 'weight on {{instance}}'],
    ]),
    timeseries('Photos by version during a canary', 'ops', [
      [
        perSecond('face_age_canary_photos_total', 'version, outcome'),
        'version {{version}}, {{outcome}}',
      ],
    ]),
    timeseries('Canary vs. production', 'none', [
      [mean('face_age_canary_difference_years', 'version'), 'version {{version}}, years apart'],
    ]),
    timeseries('Aborted canaries in an hour', 'short', [
      ['sum by (cause) (increase(face_age_canary_aborts_total{job=~"$job"}[1h]))', '{{cause}}'],
    ]),
    timeseries('Canary not loaded', 'reqps', [
      [perSecond('face_age_canary_fallbacks_total', 'job'), 'answered by production'],
    ]),
    timeseries('Photos copied to the shadow', 'ops', [
      [perSecond('face_age_shadow_photos_total', 'result'), '{{result}}'],
    ]),
    timeseries('Shadow vs. production', 'none', [
      [mean('face_age_shadow_difference_years', 'version'), 'version {{version}}, years apart'],
    ]),
    timeseries('Shadow inference', 's', [
      [mean('face_age_shadow_inference_duration_seconds', 'version'), 'version {{version}}'],
    ]),
  ],
};

const feedback: Row = {
  title: 'Feedback',
  panels: [
    timeseries('Feedback', 'ops', [[perSecond('face_age_feedback_total', 'result'), '{{result}}']]),
    timeseries('Error on feedback', 'none', [
      [
        'sum by (version) (increase(face_age_feedback_absolute_error_years_sum{job=~"$job"}[1d])) / ' +
          '(sum by (version) (increase(face_age_feedback_absolute_error_years_count{job=~"$job"}[1d])) > 0)',
        'version {{version}}, years',
      ],
    ]),
    stat('Stored feedback photos', 'short', [
      ['max by (job) (face_age_feedback_photos{job=~"$job"})', '{{job}}'],
    ]),
    timeseries('Memory for recent photos', 'bytes', [
      ['face_age_feedback_memory_bytes{job=~"$job"}', '{{instance}}'],
    ]),
  ],
};

/** Not filtered by job, because both servers and the Pushgateway report these metrics. */
const retraining: Row = {
  title: 'Retraining',
  panels: [
    stat('Time since last verdict', 's', [
      ['time() - face_age_retrain_concluded_timestamp_seconds', 'age'],
    ]),
    stat('Runs', 'short', [['sum by (result) (face_age_retrain_runs_total)', '{{result}}']]),
    stat('Running', 'bool_yes_no', [['max(face_age_retrain_running)', 'running']]),
    stat('Stages of the last run', 's', [
      ['max by (stage) (face_age_retrain_stage_duration_seconds)', '{{stage}}'],
    ]),
    stat('Versions compared by the gate', 'none', [
      ['max by (role) (face_age_retrain_version)', '{{role}}'],
    ]),
    stat("Error on the gate's photos", 'none', [
      ['max by (role) (face_age_retrain_absolute_error_years)', '{{role}}, years'],
    ]),
  ],
};

/** The dashboard from top to bottom. */
export const rows: readonly Row[] = [
  traffic,
  capacity,
  model,
  answers,
  sideVersions,
  feedback,
  retraining,
];
