import { backOffMs } from '../../common/back-off.ts';
import type { Logger } from '../../common/logger.ts';
import { isOverrun } from '../../inference/engine/task-watch.ts';
import type { DesiredModel, LoadModel } from '../../registry/loading/loaded-model.ts';
import { graphsOf } from '../../registry/loading/verified-graphs.ts';
import { isHostile } from '../../registry/loading/verify-apart.ts';
import type { ModelRegistry } from '../../registry/registry.ts';
import type { Crashes, LoadNotes, LoadSubject } from './load-notes.ts';

/** So many processes must have ended while they loaded a version before it counts as the reason. */
const CRASHES_MAX = 2;
const BACK_OFF = { minMs: 60_000, maxMs: 600_000 };

/** A version is not loaded, because loading it ended the process again and again; the message says how to force it. */
export class CrashedVersionError extends Error {
  override readonly name = 'CrashedVersionError';
  /** When another attempt makes sense. */
  readonly retryInMs: number;

  constructor(message: string, retryInMs: number) {
    super(message);
    this.retryInMs = retryInMs;
  }
}

/** Whether loading the version again would endanger the process. */
export function isDangerous(error: unknown): boolean {
  return error instanceof CrashedVersionError || isHostile(error);
}

export interface CrashGuardOptions {
  registry: Pick<ModelRegistry, 'location' | 'readManifest'>;
  modelName: string;
  notes: LoadNotes;
  logger: Logger;
  /** Whether another version serves, or could: then the version is not loaded at all. */
  hasAnother: (desired: DesiredModel) => Promise<boolean>;
}

/**
 * Notes each load while it is under way, and refuses a version that has ended two processes for the same state of the
 * alias: while another version can serve, and otherwise until a back-off has passed, after which it is first verified
 * again in a child process.
 */
export function guardAgainstCrashes(load: LoadModel, options: CrashGuardOptions): LoadModel {
  const { notes, logger } = options;
  return async (desired, signal) => {
    const subject = await subjectOf(desired, options);
    const crashes = await notes.crashesOf(subject);
    if (crashes.count >= CRASHES_MAX) await refuse(desired, crashes, options);
    if (crashes.count > 0)
      logger.warn(
        { version: desired.version, crashes: crashes.count },
        'loading again a version during whose loading the process ended',
      );
    const note = await notes.begin(subject);
    try {
      const model = await load({ ...desired, isSuspect: crashes.count > 0 }, signal);
      await notes.forget(subject);
      await note.end();
      return model;
    } catch (error) {
      // The process ends now because of this load: the note is what the next process learns it from.
      if (!isOverrun(error)) await note.end();
      throw error;
    }
  };
}

/** Throws unless the version may be loaded now. */
async function refuse(
  desired: DesiredModel,
  { count, latestAtMs }: Crashes,
  { hasAnother, notes }: CrashGuardOptions,
): Promise<void> {
  const backOff = backOffMs(count - CRASHES_MAX + 1, BACK_OFF);
  const leftMs = latestAtMs + backOff - Date.now();
  const isBlocked = await hasAnother(desired);
  if (!isBlocked && leftMs <= 0) return;
  const waitMs = isBlocked ? backOff : Math.min(leftMs, BACK_OFF.maxMs);
  throw new CrashedVersionError(
    `loading it ended ${count} processes, as the notes in ${notes.folder} say. ` +
      `To force another attempt, remove these notes, or move the alias "${desired.alias}" to another version and back.`,
    waitMs,
  );
}

async function subjectOf(
  { alias, version, etag = '' }: DesiredModel,
  { registry, modelName }: CrashGuardOptions,
): Promise<LoadSubject> {
  const manifest = await registry.readManifest(modelName, version);
  const sha256 = graphsOf(manifest)[0]?.sha256 ?? '';
  return { registry: registry.location, model: modelName, alias, version, etag, sha256 };
}
