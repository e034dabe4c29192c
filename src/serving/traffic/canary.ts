import { createHash } from 'node:crypto';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import { CANARY_ALIAS } from '../../registry/aliases.ts';
import type { LoadedModel, DesiredModel } from '../../registry/loading/loaded-model.ts';
import type { Alias } from '../../registry/registry.ts';
import type { AliasFollower } from '../lifecycle/alias-watcher.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { CanaryEndWriter } from './canary-end.ts';
import type { CanaryVerdict } from './canary-verdict.ts';

const DRAW_BYTES = 6;

/**
 * Hashes a client to a number in [0, 1) for one version: the same for each request and on each server, and another for
 * the next version, so that it is not always the same clients that get canaries. A client below one weight is below
 * every higher one.
 */
export function canaryDraw(version: number, clientKey: string): number {
  const hash = createHash('sha256').update(`${version}:${clientKey}`).digest();
  return hash.readUIntBE(0, DRAW_BYTES) / 2 ** (8 * DRAW_BYTES);
}

export interface CanaryOptions {
  modelName: string;
  manager: ModelManager;
  production: Pick<ModelManager, 'serving'>;
  ends: Pick<CanaryEndWriter, 'write'>;
  logger: Logger;
  metrics: Pick<Metrics, 'canaryAborts' | 'canaryFallbacks' | 'canaryWeight'>;
}

/**
 * A version that answers a share of the clients. It ends when it breaks a bound or serves production: here at once, and
 * on all servers through the alias. An alias that is written after that starts a new canary.
 */
export class Canary implements AliasFollower {
  readonly #options: CanaryOptions;
  #pointer: Alias | undefined;
  /** The alias whose canary ended here before the registry recorded it, and why. */
  #ended: { updatedAt: string; reason: string } | undefined;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  get manager(): ModelManager {
    return this.#options.manager;
  }

  /** The canary's model, once it is loaded. */
  get serving(): LoadedModel | undefined {
    return this.#options.manager.serving;
  }

  /** The share of the traffic that the alias gives it; undefined where there is no canary. */
  get weight(): number | undefined {
    return this.#pointer && (this.#ended === undefined ? (this.#pointer.weight ?? 0) : 0);
  }

  /** The share that it answers now: 0 until it is loaded. */
  get share(): number {
    return this.serving === undefined ? 0 : (this.weight ?? 0);
  }

  /** Whether the canary answers this client. A client of its share that it cannot answer yet counts as a fallback. */
  takes(clientKey: string): boolean {
    const weight = this.weight ?? 0;
    if (weight === 0 || this.#pointer === undefined) return false;
    if (canaryDraw(this.#pointer.version, clientKey) >= weight) return false;
    if (this.serving?.manifest.version === this.#pointer.version) return true;
    this.#options.metrics.canaryFallbacks.inc();
    return false;
  }

  setDesired(desired: DesiredModel, pointer: Alias): void {
    this.#pointer = pointer;
    if (this.#ended?.updatedAt !== pointer.updatedAt) this.#ended = undefined;
    this.reviewProduction();
    if (this.#ended !== undefined) this.manager.withdraw(this.#ended.reason);
    else if (this.weight === 0) this.manager.withdraw(`Its weight is 0. ${pointer.reason}`.trim());
    else this.manager.setDesired(desired, pointer);
    this.showShare();
  }

  reportMissing(): void {
    this.#pointer = undefined;
    this.#ended = undefined;
    this.manager.withdraw(`There is no alias "${CANARY_ALIAS}".`);
    this.showShare();
  }

  reportSourceFault(reason: string): void {
    this.manager.reportSourceFault(reason);
  }

  /** Ends the canary because of a broken bound. */
  abort({ cause, reason }: CanaryVerdict): void {
    if (this.#pointer === undefined || this.weight === 0) return;
    this.#options.metrics.canaryAborts.inc({ cause });
    const { version } = this.#pointer;
    this.#options.logger.error({ version, cause, reason }, 'the canary stops itself');
    this.#end(this.#pointer, `It stopped itself. ${reason}`, 'canary guard');
  }

  /** Ends the canary where its version serves production. */
  reviewProduction(): void {
    const served = this.#options.production.serving?.manifest.version;
    if (this.#pointer === undefined || !this.weight || this.#pointer.version !== served) return;
    this.#end(this.#pointer, `Version ${served} serves production.`, 'canary');
  }

  /** Publishes its share as a metric. */
  showShare(): void {
    this.#options.metrics.canaryWeight.set(this.share);
  }

  #end(pointer: Alias, reason: string, by: string): void {
    const { ends, modelName } = this.#options;
    this.#ended = { updatedAt: pointer.updatedAt, reason };
    this.manager.withdraw(reason);
    this.showShare();
    void ends.write({ model: modelName, pointer, by, reason });
  }
}
