import type { LoadedModel, DesiredModel } from '../../../src/registry/loading/loaded-model.ts';
import { ModelManager } from '../../../src/serving/lifecycle/model-manager.ts';
import { createMetrics, type Metrics } from '../../../src/common/metrics/metrics.ts';
import { createAgeHead } from '../../../src/inference/head/age-head.ts';
import { deferred, settle, type Deferred } from './deferred.ts';
import { exampleManifest } from '../models/example-manifest.ts';
import { ManualClock } from './manual-clock.ts';
import { recordingLogger, type RecordingLogger } from './recording-logger.ts';

/** A pending load that the test completes or fails. */
export interface HeldLoad {
  readonly desired: DesiredModel;
  readonly signal: AbortSignal;
  finish(): Promise<void>;
  fail(reason: string): Promise<void>;
}

/** A manager whose loads, clock and memory the test controls. */
export class HeldManager {
  readonly clock = new ManualClock();
  readonly metrics: Metrics = createMetrics();
  readonly log: RecordingLogger = recordingLogger();
  readonly loads: HeldLoad[] = [];
  /** Disposed versions, in order. */
  readonly disposed: number[] = [];
  /** The versions in use after each swap. */
  readonly inUse: number[][] = [];
  roomForPrevious = false;
  readonly manager = new ModelManager({
    load: (desired, signal) => this.#hold(desired, signal),
    logger: this.log.logger,
    metrics: this.metrics,
    retry: { minMs: 1000, maxMs: 3000 },
    mayKeepPrevious: () => this.roomForPrevious,
    clock: this.clock,
  });

  constructor() {
    this.manager.onSwap(() => {
      this.inUse.push([...this.manager.versionsInUse].toSorted((a, b) => a - b));
    });
  }

  want(version: number, alias = 'production'): void {
    this.manager.setDesired({ alias, version });
  }

  /** Sets the desired version and completes its load. */
  async serve(version: number): Promise<void> {
    this.want(version);
    await this.loads.at(-1)!.finish();
  }

  get servingVersion(): number | undefined {
    return this.manager.status.current?.model.manifest.version;
  }

  /** The number of swaps by result. */
  async swaps(): Promise<Record<string, number>> {
    const { values } = await this.metrics.modelSwaps.get();
    const counted = values.filter(({ value }) => value > 0);
    return Object.fromEntries(counted.map(({ labels, value }) => [String(labels.result), value]));
  }

  #hold(desired: DesiredModel, signal: AbortSignal): Promise<LoadedModel> {
    const held: Deferred<LoadedModel> = deferred();
    this.loads.push({
      desired,
      signal,
      finish: async () => {
        held.resolve(this.#modelOf(desired.version));
        await settle();
      },
      fail: async (reason) => {
        held.reject(new Error(reason));
        await settle();
      },
    });
    return held.promise;
  }

  #modelOf(version: number): LoadedModel {
    const manifest = exampleManifest({ version });
    return {
      manifest,
      digest: `digest-${version}`,
      engine: { name: 'onnxruntime', device: 'cpu' },
      precision: { precision: 'fp32', reason: 'a test' },
      head: createAgeHead(manifest.head, manifest.buckets),
      batcher: {
        reserve: () => {
          throw new Error('no photo is sent here');
        },
        secondsToRoom: () => undefined,
        drain: () => Promise.resolve(),
      },
      framing: { kind: 'as-sent' },
      loadedAt: new Date(0),
      dispose: () => {
        this.disposed.push(version);
        return Promise.resolve();
      },
    };
  }
}
