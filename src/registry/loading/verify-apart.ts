import { systemClock, type Clock } from '../../common/clock.ts';
import { ChildEngine, HostileGraphError } from '../../inference/engine/child-engine.ts';
import type { CpuFeatures } from '../../inference/engine/cpu.ts';
import type {
  Device,
  Engine,
  EngineArtifact,
  EngineName,
  Precision,
} from '../../inference/engine/engine.ts';
import type { Manifest } from '../manifest.ts';
import { batchSizesUpTo, warmUp } from './batch-sizes.ts';
import { planPrecision, type PrecisionSetting } from './precision.ts';
import { graphsOf, type VerifiedGraphs } from './verified-graphs.ts';
import { openVerified } from './verified-network.ts';
import { ArtifactError, GoldenMismatchError } from './verify-artifact.ts';

/** The engine that will serve, of which the child process starts another. */
export interface ServingEngine {
  readonly name: EngineName;
  readonly device: Device;
}

/** Verifies a version before it is loaded into this process. */
export type VerifyApart = (
  candidate: {
    artifact: EngineArtifact;
    manifest: Manifest;
    engine: ServingEngine;
    /** Verify it again although it was verified before. */
    again?: boolean;
  },
  signal: AbortSignal,
) => Promise<void>;

export interface VerifyApartOptions {
  requested: PrecisionSetting;
  cpu: CpuFeatures;
  maxBatch: number;
  /** For the whole verification of a version. */
  limitMs: number;
  verified: VerifiedGraphs;
  clock?: Clock;
  /** Default: a child process. */
  startEngine?: (options: { limitMs: number; memoryMaxBytes: number }) => Promise<ApartEngine>;
}

type ApartEngine = Engine & { close(reason?: string): Promise<void> };

/** The graph of a version hangs, crashes or needs too much memory; the message says which. */
export class HostileVersionError extends ArtifactError {}

/** Whether a version was refused because its graph hangs, crashes or needs too much memory. */
export function isHostile(error: unknown): boolean {
  return error instanceof HostileVersionError;
}

/** What the runtime itself needs, with the activations of a network of the usual size. */
const RUNTIME_BYTES: Record<EngineName, number> = {
  onnxruntime: 320 * 2 ** 20,
  tensorflow: 1024 * 2 ** 20,
};
/** As `hasRoomFor` estimates a loaded network, without its instances. */
const MEMORY_PER_FILE_BYTE = 8;

/** How much memory a child process may use that verifies a version. */
export function verificationMemoryBytes(
  graphs: readonly { bytes: number }[],
  engine: EngineName,
): number {
  const bytes = graphs.reduce((sum, file) => sum + file.bytes, 0);
  return RUNTIME_BYTES[engine] + MEMORY_PER_FILE_BYTE * bytes;
}

/**
 * Creates the function that loads a version in a child process, compares it with its golden samples, and runs it at every
 * batch size. A graph may hang, crash or take gigabytes: there it can be stopped. One version is verified at a time.
 * The function throws ArtifactError, which says what went wrong; GoldenMismatchError; the signal's reason.
 */
export function createVerifyApart(options: VerifyApartOptions): VerifyApart {
  let last: Promise<unknown> = Promise.resolve();
  return async (candidate, signal) => {
    const { manifest, engine, again = false } = candidate;
    const scope = { engine: engine.name, sizes: batchSizesUpTo(options.maxBatch, engine.device) };
    if (!again && (await options.verified.has(manifest, scope))) return;
    const verification = last.then(() => verify(candidate, scope.sizes, options, signal));
    last = verification.catch(() => undefined);
    await verification;
    await options.verified.add(manifest, scope);
  };
}

async function verify(
  { artifact, manifest, engine }: Parameters<VerifyApart>[0],
  sizes: readonly number[],
  options: VerifyApartOptions,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { limitMs, clock = systemClock, requested, cpu } = options;
  const memoryMaxBytes = verificationMemoryBytes(graphsOf(manifest), engine.name);
  const start = options.startEngine ?? startChild(engine.name);
  const apart = await start({ limitMs, memoryMaxBytes });
  const stop = (reason: string) => void apart.close(reason);
  const onAbort = (): void => stop('another version is desired');
  signal.addEventListener('abort', onAbort);
  const cancel = clock.after(limitMs, () => stop(`it took longer than ${limitMs / 1000} s`));
  try {
    const plan = planPrecision(requested, manifest, engine, cpu);
    const precisions: Precision[] = plan.kind === 'race' ? ['fp32', 'int8'] : [plan.precision];
    const isOptional = (precision: Precision) => plan.kind === 'race' && precision === 'int8';
    for (const precision of precisions) {
      await runAll({ apart, artifact, manifest, sizes, signal }, precision).catch(
        ignoreMismatchIf(isOptional(precision)),
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HostileGraphError)) throw error;
    throw new HostileVersionError(
      `its graph cannot be run safely: in a process of its own ${error.message}`,
    );
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
    await apart.close();
  }
}

function startChild(engine: EngineName): NonNullable<VerifyApartOptions['startEngine']> {
  return ({ limitMs, memoryMaxBytes }) => {
    const settings = { engine, device: 'cpu', threads: 0 } as const;
    return ChildEngine.start({ settings, taskMs: limitMs, memoryMaxBytes });
  };
}

interface Run {
  apart: Engine;
  artifact: EngineArtifact;
  manifest: Manifest;
  sizes: readonly number[];
  signal: AbortSignal;
}

async function runAll(
  { apart, artifact, manifest, sizes, signal }: Run,
  precision: Precision,
): Promise<void> {
  const network = await openVerified({ engine: apart, artifact, manifest, signal }, precision);
  const picture = Buffer.from(manifest.golden[0]!.pixels, 'base64');
  await warmUp(network, picture, sizes, signal);
  await network.dispose();
}

/** A precision that only timing would choose is not chosen where it does not reproduce the golden samples. */
function ignoreMismatchIf(isOptional: boolean): (error: unknown) => void {
  return (error) => {
    if (!isOptional || !(error instanceof GoldenMismatchError)) throw error;
  };
}
