import { availableMemory } from 'node:process';
import type { Batcher } from '../../inference/batching/batcher.ts';
import type { Device, EngineName } from '../../inference/engine/engine.ts';
import type { ModelFraming } from '../../inference/face-finder.ts';
import type { AgeHead } from '../../inference/head/age-head.ts';
import type { Manifest } from '../manifest.ts';
import type { PrecisionChoice } from './precision.ts';

/**
 * Everything bound to one version, so that an answer never mixes two versions: the manifest with its preprocessing
 * spec, the age head, and the batcher in front of the network.
 */
export interface LoadedModel {
  readonly manifest: Manifest;
  /** SHA-256 over the checksums of the artifact's files; identifies its content. */
  readonly digest: string;
  readonly engine: { readonly name: EngineName; readonly device: Device };
  readonly precision: PrecisionChoice;
  readonly head: AgeHead;
  readonly batcher: Pick<Batcher, 'reserve' | 'secondsToRoom' | 'drain'>;
  /** How faces come to its input. */
  readonly framing: ModelFraming;
  readonly loadedAt: Date;
  /** Answers the images in the batcher, then frees the network. */
  dispose(): Promise<void>;
}

/** The desired state: the version that should serve an alias. */
export interface DesiredModel {
  readonly alias: string;
  readonly version: number;
  /** Identifies the state of the alias, which changes with each move. */
  readonly etag?: string;
  /** The version ended this process before, so that it is verified in a child process again. */
  readonly isSuspect?: boolean;
}

/**
 * Loads, verifies and warms up a version.
 * @throws Error that says why it failed; nothing stays loaded then
 */
export type LoadModel = (desired: DesiredModel, signal: AbortSignal) => Promise<LoadedModel>;

/** A loaded network needs several times the size of its files: a session per instance, arenas, a copy while loading. */
const MEMORY_PER_FILE_BYTE = 8;
const RESERVE_BYTES = 256 * 1024 * 1024;

/**
 * Whether this process has enough memory for one more version next to the one that serves, keeping a reserve for
 * requests.
 * @param availableBytes by default the memory available to the process, container limits included
 */
export function hasRoomFor(
  { files }: Pick<Manifest, 'files'>,
  availableBytes: number = availableMemory(),
): boolean {
  const fileBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return availableBytes > fileBytes * MEMORY_PER_FILE_BYTE + RESERVE_BYTES;
}
