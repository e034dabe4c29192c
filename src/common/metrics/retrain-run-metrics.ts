import { Counter, Gauge, Pushgateway, Registry } from 'prom-client';
import { trimEndOf } from '../text/trim-end.ts';

/** The figures of one run of `retrain` and of those before it. */
export interface RunFigures {
  model: string;
  /** Outcome → the number of runs with it, and when the last one ended. */
  totals: Readonly<Partial<Record<string, { runs: number; lastAt: string }>>>;
  /** Stage → its duration. */
  seconds: Readonly<Partial<Record<string, number>>>;
  /** The versions and their mean absolute errors (years) on the gate's photos; null where there is none. */
  versions: Readonly<
    Record<'champion' | 'challenger', { version: number | null; mae: number | null }>
  >;
}

const JOB = 'face_age_retrain';
const PUSH_TIMEOUT_MS = 10_000;

/** The metrics of a run, whose process ends before Prometheus could scrape it. */
export class RetrainRunMetrics {
  readonly #model: string;
  readonly #registry = new Registry();

  constructor(figures: RunFigures) {
    this.#model = figures.model;
    this.#registry.setDefaultLabels({ model: figures.model });
    this.#addTotals(figures);
    this.#addRun(figures);
  }

  /** In the text format of Prometheus, as node_exporter's textfile collector reads it. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /**
   * Pushes the metrics to a Pushgateway, replacing the model's group.
   * @param url the root of the Pushgateway, such as `http://pushgateway:9091`
   * @throws Error where the Pushgateway refuses them or does not answer
   */
  async push(url: string): Promise<void> {
    const options = { timeout: PUSH_TIMEOUT_MS };
    const gateway = new Pushgateway(trimEndOf(url, '/'), options, this.#registry);
    await gateway.push({ jobName: JOB, groupings: { model: this.#model } });
  }

  #addTotals({ totals }: RunFigures): void {
    const runs = new Counter({
      name: 'face_age_retrain_runs_total',
      help: 'Runs of retrain that have ended, by outcome',
      labelNames: ['result'],
      registers: [this.#registry],
    });
    const lastRun = this.#gauge(
      'face_age_retrain_last_run_timestamp_seconds',
      'When a run of retrain last ended, by outcome',
      ['result'],
    );
    for (const [result, total] of Object.entries(totals)) {
      if (total === undefined) continue;
      runs.inc({ result }, total.runs);
      lastRun.set({ result }, Date.parse(total.lastAt) / 1000);
    }
  }

  #addRun({ seconds, versions }: RunFigures): void {
    const stages = this.#gauge(
      'face_age_retrain_stage_duration_seconds',
      'Time of each stage of the last run of retrain',
      ['stage'],
    );
    const numbers = this.#gauge(
      'face_age_retrain_version',
      'Versions that the last run of retrain compared',
      ['role'],
    );
    const errors = this.#gauge(
      'face_age_retrain_absolute_error_years',
      "Mean absolute error on the gate's photos in the last run of retrain",
      ['role'],
    );
    for (const [stage, time] of Object.entries(seconds)) stages.set({ stage }, time ?? 0);
    for (const [role, { version, mae }] of Object.entries(versions)) {
      if (version !== null) numbers.set({ role }, version);
      if (mae !== null) errors.set({ role }, mae);
    }
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
