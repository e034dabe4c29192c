import { systemClock, type Clock } from '../../common/clock.ts';
import type { ServiceError } from '../../common/errors.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { AnsweredPhoto, PhotoObserver } from '../predict/answered-photo.ts';
import type { Arm } from './batch-times.ts';
import type { Canary } from './canary.ts';
import { evaluateCanary, type CanaryBounds } from './canary-verdict.ts';
import { ComparisonWindow } from './comparison-window.ts';
import { answerCopy, sharePreprocessing } from './photo-copy.ts';

export interface CanaryGuardOptions {
  canary: Pick<Canary, 'serving' | 'abort'>;
  production: Pick<ModelManager, 'serving' | 'borrow'>;
  bounds: CanaryBounds;
  metrics: Pick<Metrics, 'canaryPhotos' | 'canaryDifference'>;
  logger: Logger;
  clock?: Clock;
}

const EVALUATE_EVERY_MS = 1000;
/** Production answers at most five of the canary's photos a second too. */
const COMPARE_EVERY_MS = 200;

/** The two versions that share the traffic, and their figures since both are loaded. */
interface Trial {
  canary: LoadedModel;
  production: LoadedModel;
  window: ComparisonWindow;
  evaluatedAtMs: number;
  comparedAtMs: number;
}

/**
 * Compares the canary with production on the photos that each of them answers, and aborts the canary where its
 * failures, its latency or its ages break a bound. It evaluates only the traffic of this server.
 */
export class CanaryGuard implements PhotoObserver {
  readonly #options: CanaryGuardOptions;
  readonly #clock: Clock;
  #trial: Trial | undefined;
  #comparing = false;

  constructor(options: CanaryGuardOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  observe(photo: AnsweredPhoto): void {
    const trial = this.#review();
    const arm = trial && armOf(trial, photo.model);
    if (trial === undefined || arm === undefined) return;
    const nowMs = this.#clock.now();
    trial.window.addAnswer(arm, photo.batchSize, photo.inferenceMs, nowMs);
    this.#count(photo.model, 'ok');
    if (arm === 'canary' && nowMs - trial.comparedAtMs >= COMPARE_EVERY_MS) {
      void this.#compare(photo, trial, nowMs);
    }
    this.#evaluate(trial, nowMs);
  }

  /** Ignores faults of the photo itself, which say nothing about the version. */
  observeFault(fault: ServiceError, model: LoadedModel): void {
    const trial = this.#review();
    const arm = trial && armOf(trial, model);
    if (trial === undefined || arm === undefined || fault.status < 500) return;
    const nowMs = this.#clock.now();
    trial.window.addFailure(arm, nowMs);
    this.#count(model, 'failed');
    this.#evaluate(trial, nowMs);
  }

  /** The running trial; it starts again when either version changes. */
  #review(): Trial | undefined {
    const canary = this.#options.canary.serving;
    const production = this.#options.production.serving;
    if (canary === undefined || production === undefined) return (this.#trial = undefined);
    if (this.#trial?.canary === canary && this.#trial.production === production) return this.#trial;
    const window = new ComparisonWindow();
    const evaluatedAtMs = this.#clock.now();
    return (this.#trial = { canary, production, window, evaluatedAtMs, comparedAtMs: -Infinity });
  }

  #count({ manifest }: LoadedModel, outcome: 'ok' | 'failed'): void {
    this.#options.metrics.canaryPhotos.inc({ version: String(manifest.version), outcome });
  }

  async #compare(photo: AnsweredPhoto, trial: Trial, nowMs: number): Promise<void> {
    if (this.#comparing || !sharePreprocessing(photo, trial.canary, trial.production)) return;
    trial.comparedAtMs = nowMs;
    this.#comparing = true;
    try {
      const { estimate } = await answerCopy(this.#options.production, photo.pixels);
      const years = Math.abs(photo.estimate.mean - estimate.mean);
      trial.window.addDifference(years, this.#clock.now());
      const version = String(trial.canary.manifest.version);
      this.#options.metrics.canaryDifference.observe({ version }, years);
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'could not compare a photo of the canary');
    } finally {
      this.#comparing = false;
    }
  }

  #evaluate(trial: Trial, nowMs: number): void {
    if (nowMs - trial.evaluatedAtMs < EVALUATE_EVERY_MS) return;
    trial.evaluatedAtMs = nowMs;
    const verdict = evaluateCanary(trial.window.sum(), this.#options.bounds);
    if (verdict !== undefined) this.#options.canary.abort(verdict);
  }
}

function armOf({ canary, production }: Trial, model: LoadedModel): Arm | undefined {
  if (model === canary) return 'canary';
  return model === production ? 'production' : undefined;
}
