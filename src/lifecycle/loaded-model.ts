import type { Batcher } from '../inference/batching/batcher.ts';
import type { Device, EngineName } from '../inference/engine/engine.ts';
import type { AgeHead } from '../inference/head/age-head.ts';
import type { Manifest } from '../registry/manifest.ts';
import type { PrecisionChoice } from './precision.ts';

/**
 * Everything bound to one version, so that an answer never mixes two: the manifest with its preprocessing
 * spec, the age head, and the batcher in front of the network.
 */
export interface LoadedModel {
  readonly manifest: Manifest;
  /** SHA-256 over the sums of the artifact's files: names its content. */
  readonly digest: string;
  readonly engine: { readonly name: EngineName; readonly device: Device };
  readonly precision: PrecisionChoice;
  readonly head: AgeHead;
  readonly batcher: Pick<Batcher, 'reserve' | 'secondsToRoom' | 'drain'>;
  readonly loadedAt: Date;
  /** Answers what the batcher holds, then frees the network. */
  dispose(): Promise<void>;
}
