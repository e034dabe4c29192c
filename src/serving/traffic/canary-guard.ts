import { systemClock, type Clock } from '../../common/clock.ts';
import type { ServiceError } from '../../common/errors.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { AnsweredPhoto } from '../predict/answered-photo.ts';
import type { Arm } from './batch-times.ts';
import type { Canary } from './canary.ts';
import { evaluateCanary, type CanaryBounds } from './canary-verdict.ts';
import { ComparisonWindow } from './comparison-window.ts';
import { answerCopy, seeTheSame } from './photo-copy.ts';

export interface CanaryGuardOptions {
  canary: Pick<Canary, 'serving' | 'abort'>;
  production: Pick<ModelManager, 'serving' | 'borrow'>;
  bounds: CanaryBounds;
  metrics: Pick<Metrics, 'canaryPhotos' | 'canaryDifference'>;
  logger: Logger;
  clock?: Clock;
}

const EVALUATE_EVERY_MS = 1000;
/** At most five of the canary's photos a second are answered by production too. */
const COMPARE_EVERY_MS = 200;

/** The two versions that share the traffic, and what they did since both do. */
interface Trial {
  canary: LoadedModel;
  production: LoadedModel;
  window: ComparisonWindow;
  evaluatedAtMs: number;
  comparedAtMs: number;
}

/**
 * Watches what a canary and production do with the photos that they are given, and stops the canary where it fails,
 * takes longer or answers otherwise than it may. Its own share of the traffic is all that it judges by.
 */
export class CanaryGuard {
  readonly #options: CanaryGuardOptions;
  readonly #clock: Clock;
  #trial: Trial | undefined;
  #comparing = false;

  constructor(options: CanaryGuardOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** An AnswerObserver. */
  readonly observe = (photo: AnsweredPhoto): void => {
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
  };

  /** A FaultObserver. Faults of the photo itself say nothing of the version. */
  readonly observeFault = (fault: ServiceError, model: LoadedModel): void => {
    const trial = this.#review();
    const arm = trial && armOf(trial, model);
    if (trial === undefined || arm === undefined || fault.status < 500) return;
    const nowMs = this.#clock.now();
    trial.window.addFailure(arm, nowMs);
    this.#count(model, 'failed');
    this.#evaluate(trial, nowMs);
  };

  /** The trial as it stands; a version that changes begins another. */
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
    if (this.#comparing || !seeTheSame(trial.canary, trial.production)) return;
    trial.comparedAtMs = nowMs;
    this.#comparing = true;
    try {
      const { estimate } = await answerCopy(this.#options.production, photo.pixels);
      const years = Math.abs(photo.estimate.mean - estimate.mean);
      trial.window.addDifference(years, this.#clock.now());
      const version = String(trial.canary.manifest.version);
      this.#options.metrics.canaryDifference.observe({ version }, years);
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'a photo of the canary could not be compared');
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
