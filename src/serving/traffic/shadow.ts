import { systemClock, type Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import { SHADOW_ALIAS } from '../../registry/aliases.ts';
import type { LoadedModel, DesiredModel } from '../../registry/loading/loaded-model.ts';
import type { Alias } from '../../registry/registry.ts';
import type { AliasFollower } from '../lifecycle/alias-watcher.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { AnsweredPhoto, PhotoObserver } from '../predict/answered-photo.ts';
import { answerBuckets, mostProbable } from '../predict/prediction.ts';
import { answerCopy, sharePreprocessing } from './photo-copy.ts';

/** A version that answers copies of photos; its answers are only compared. */
export class Shadow implements AliasFollower {
  readonly manager: ModelManager;
  readonly #production: Pick<ModelManager, 'serving'>;

  constructor(manager: ModelManager, production: Pick<ModelManager, 'serving'>) {
    this.manager = manager;
    this.#production = production;
  }

  get serving(): LoadedModel | undefined {
    return this.manager.serving;
  }

  setDesired(desired: DesiredModel, pointer?: Alias): void {
    if (this.#production.serving?.manifest.version === desired.version) {
      this.manager.withdraw(`Version ${desired.version} serves production.`);
    } else this.manager.setDesired(desired, pointer);
  }

  reportMissing(): void {
    this.manager.withdraw(`There is no alias "${SHADOW_ALIAS}".`);
  }

  reportSourceFault(reason: string): void {
    this.manager.reportSourceFault(reason);
  }
}

export interface ShadowCopiesOptions {
  shadow: Pick<ModelManager, 'serving' | 'borrow'>;
  production: Pick<ModelManager, 'serving'>;
  /** Whether no request is being answered. */
  isIdle: () => boolean;
  /** Maximum number of waiting copies. */
  queueMaxImages: number;
  /** Maximum share of the time that the shadow may occupy the engine. */
  maxEngineShare: number;
  metrics: Pick<
    Metrics,
    | 'shadowPhotos'
    | 'shadowQueueImages'
    | 'shadowInference'
    | 'shadowDifference'
    | 'shadowDisagreements'
  >;
  logger: Logger;
  clock?: Clock;
}

/** Requests arrive in bursts, so the shadow waits until nothing was answered for this long. */
const QUIET_MS = 5;

interface Copy {
  pixels: Uint8Array;
  estimate: AgeEstimate;
  model: LoadedModel;
}

/**
 * Has the shadow answer copies of production's photos, one at a time, while the server is idle and only for a small
 * share of the time: a request that arrives meanwhile waits for one inference at most, and few do. Copies that do not
 * fit into the queue are dropped.
 */
export class ShadowCopies implements PhotoObserver {
  readonly #options: ShadowCopiesOptions;
  readonly #clock: Clock;
  #waiting: Copy[] = [];
  #answeredAtMs = -Infinity;
  /** Until then the shadow has used up its share. */
  #notBeforeMs = -Infinity;
  #cancelCheck: (() => void) | undefined;
  #running = false;

  constructor(options: ShadowCopiesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  observe(photo: AnsweredPhoto): void {
    const { pixels, estimate, model } = photo;
    const { shadow, production, queueMaxImages } = this.#options;
    this.#answeredAtMs = this.#clock.now();
    if (shadow.serving === undefined || model !== production.serving) return;
    if (!sharePreprocessing(photo, model, shadow.serving)) this.#count('incomparable');
    else if (this.#waiting.length >= queueMaxImages) this.#count('dropped');
    else {
      this.#waiting.push({ pixels, estimate, model });
      this.#reportQueue();
      this.#checkAfter(QUIET_MS);
    }
  }

  stop(): void {
    this.#cancelCheck?.();
    this.#clear();
  }

  #checkAfter(ms: number): void {
    if (this.#cancelCheck !== undefined || this.#running) return;
    this.#cancelCheck = this.#clock.after(ms, () => {
      this.#cancelCheck = undefined;
      this.#check();
    });
  }

  #check(): void {
    if (this.#options.shadow.serving === undefined) this.#clear();
    const copy = this.#waiting[0];
    if (copy === undefined) return;
    const nowMs = this.#clock.now();
    const waitMs = Math.max(this.#notBeforeMs, this.#answeredAtMs + QUIET_MS) - nowMs;
    if (waitMs > 0) this.#checkAfter(waitMs);
    else if (!this.#options.isIdle()) this.#checkAfter(QUIET_MS);
    else void this.#run(copy);
  }

  async #run(copy: Copy): Promise<void> {
    this.#waiting.shift();
    this.#reportQueue();
    this.#running = true;
    const startedAtMs = this.#clock.now();
    try {
      await this.#compare(copy);
      this.#count('compared');
    } catch (error) {
      this.#count('failed');
      this.#options.logger.debug({ err: error }, 'the shadow could not answer');
    } finally {
      const nowMs = this.#clock.now();
      this.#notBeforeMs = nowMs + (nowMs - startedAtMs) / this.#options.maxEngineShare;
      this.#running = false;
      if (this.#waiting.length > 0) this.#checkAfter(QUIET_MS);
    }
  }

  async #compare({ pixels, estimate, model }: Copy): Promise<void> {
    const { shadow, metrics } = this.#options;
    const answer = await answerCopy(shadow, pixels);
    const version = String(answer.model.manifest.version);
    metrics.shadowInference.observe({ version }, answer.inferenceMs / 1000);
    const years = Math.abs(answer.estimate.mean - estimate.mean);
    metrics.shadowDifference.observe({ version }, years);
    const { buckets } = model.head;
    const [shadowLabel, productionLabel] = [answer.estimate, estimate].map(
      (each) => mostProbable(answerBuckets(each, buckets)).label,
    );
    if (shadowLabel !== productionLabel) metrics.shadowDisagreements.inc({ version });
  }

  #clear(): void {
    this.#waiting = [];
    this.#reportQueue();
  }

  #reportQueue(): void {
    this.#options.metrics.shadowQueueImages.set(this.#waiting.length);
  }

  #count(result: 'compared' | 'dropped' | 'failed' | 'incomparable'): void {
    this.#options.metrics.shadowPhotos.inc({ result });
  }
}
