import { availableMemory } from 'node:process';
import type { Batcher } from '../../inference/batching/batcher.ts';
import type { Device, EngineName } from '../../inference/engine/engine.ts';
import type { AgeHead } from '../../inference/head/age-head.ts';
import type { Manifest } from '../manifest.ts';
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

/** The desired state: this alias should be served by this version. */
export interface DesiredModel {
  readonly alias: string;
  readonly version: number;
}

/**
 * Loads, verifies and warms up a version.
 * @throws Error saying why it cannot; nothing of it is left then.
 */
export type LoadModel = (desired: DesiredModel, signal: AbortSignal) => Promise<LoadedModel>;

/** A loaded network takes several times its files: sessions of each instance, their arenas, a copy while it loads. */
const MEMORY_PER_FILE_BYTE = 8;
const RESERVE_BYTES = 256 * 1024 * 1024;

/**
 * Whether this process has room for one more version beside the one that serves: memory that the system or the
 * container still grants, less a reserve for requests.
 * @param availableBytes by default what Node tells of the process, container limits included
 */
export function hasRoomFor(
  { files }: Pick<Manifest, 'files'>,
  availableBytes: number = availableMemory(),
): boolean {
  const fileBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return availableBytes > fileBytes * MEMORY_PER_FILE_BYTE + RESERVE_BYTES;
}
