import { Counter, Gauge, Pushgateway, Registry } from 'prom-client';

/** One run of `retrain` and those before it, as plain figures. */
export interface RunFigures {
  model: string;
  /** How often runs ended so, and when one last did, by outcome. */
  totals: Readonly<Partial<Record<string, { runs: number; lastAt: string }>>>;
  /** Of the run's stages. */
  seconds: Readonly<Partial<Record<string, number>>>;
  /** Versions and their mean absolute errors (years) on the gate's photos, as far as there are any. */
  versions: Readonly<
    Record<'champion' | 'challenger', { version: number | null; mae: number | null }>
  >;
}

const JOB = 'face_age_retrain';
const PUSH_TIMEOUT_MS = 10_000;

/** The metrics of a run, which is gone before anybody could scrape it. */
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
   * Replaces the model's group in a Pushgateway.
   * @param url its root, such as `http://pushgateway:9091`
   * @throws Error where it does not take them
   */
  async push(url: string): Promise<void> {
    const options = { timeout: PUSH_TIMEOUT_MS };
    const gateway = new Pushgateway(url.replace(/\/+$/, ''), options, this.#registry);
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
