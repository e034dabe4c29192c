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
 * Draws a client's number in [0, 1) for one version: the same at each request and on each server, and another for the
 * next version, so that it is not always the same clients that try things out. A client below one weight is below
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
 * A version that answers a share of the clients. It is over, here at once and by the alias for all servers, when it
 * breaks a bound or serves production. A pointer that was written after that begins anew.
 */
export class Canary implements AliasFollower {
  readonly #options: CanaryOptions;
  #pointer: Alias | undefined;
  /** The pointer that was over before the registry knew, and why. */
  #ended: { updatedAt: string; reason: string } | undefined;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  get manager(): ModelManager {
    return this.#options.manager;
  }

  /** The model that takes part, once it is loaded. */
  get serving(): LoadedModel | undefined {
    return this.#options.manager.serving;
  }

  /** The share of the traffic that it is meant to answer; undefined where there is no canary. */
  get weight(): number | undefined {
    return this.#pointer && (this.#ended === undefined ? (this.#pointer.weight ?? 0) : 0);
  }

  /** The share that it answers now. */
  get share(): number {
    return this.serving === undefined ? 0 : (this.weight ?? 0);
  }

  /** Whether the client is one of its share, and it can answer; where it cannot, that is counted. */
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
    else this.manager.setDesired(desired);
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

  /** Stops it on account of a verdict. */
  abort({ cause, reason }: CanaryVerdict): void {
    if (this.#pointer === undefined || this.weight === 0) return;
    this.#options.metrics.canaryAborts.inc({ cause });
    const { version } = this.#pointer;
    this.#options.logger.error({ version, cause, reason }, 'the canary stops itself');
    this.#end(this.#pointer, `It stopped itself. ${reason}`, 'canary guard');
  }

  /** Ends it where its version has come to serve production: there is nothing left to try. */
  reviewProduction(): void {
    const served = this.#options.production.serving?.manifest.version;
    if (this.#pointer === undefined || !this.weight || this.#pointer.version !== served) return;
    this.#end(this.#pointer, `Version ${served} serves production.`, 'canary');
  }

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
