import { rm } from 'node:fs/promises';
import type { GateResult } from '../../registry/gate/gate-result.ts';
import { reasonNothingNew, ownVersion } from './earlier-versions.ts';
import { changedInputs, readJournal, type Journal } from './journal.ts';
import { newRunId } from './run-id.ts';
import { trainChallenger } from './challenger.ts';
import { fetchInputs, type Fetched } from './inputs.ts';
import { evaluateChallenger, warnOfUndecidableGate } from './gate-stage.ts';
import type { StageParts } from './run-folder.ts';

/** The result of the stages. */
export interface StagesResult {
  verdict: { kind: 'gated'; gate: GateResult } | { kind: 'unchanged'; reason: string };
  /** Undefined if the photos were no longer needed. */
  fetched: Fetched | undefined;
  resumed: boolean;
}

/**
 * Runs the stages, resuming at the stage that the journal records. The registry shows whether the run has already
 * published its version and written its gate result: both carry the id of the run.
 */
export async function runStages(parts: StageParts): Promise<StagesResult> {
  const { course, runFolder } = parts;
  await course.enter('fetch');
  const before = await readJournal(runFolder.journal);
  const unfinished = before?.outcome === null ? await withVersion(parts, before) : undefined;
  if (unfinished !== undefined && (await isEvaluated(parts, unfinished))) {
    await resume(parts, unfinished);
    return { verdict: await gateStage(parts), fetched: undefined, resumed: true };
  }
  const fetched = await fetchInputs(parts.options, runFolder, fetchReporter(parts));
  try {
    return { fetched, ...(await trainAndEvaluate(parts, fetched, unfinished)) };
  } finally {
    await fetched.photos.close();
  }
}

async function trainAndEvaluate(
  parts: StageParts,
  fetched: Fetched,
  unfinished: Journal | undefined,
): Promise<Omit<StagesResult, 'fetched'>> {
  const resumed = unfinished !== undefined && (await isSame(parts, unfinished, fetched));
  if (resumed) await resume(parts, unfinished);
  else {
    const reason = await nothingNew(parts, fetched);
    if (reason !== undefined) return { verdict: { kind: 'unchanged', reason }, resumed };
    await warnOfUndecidableGate(parts, fetched.inputs);
    await beginNewRun(parts, fetched);
  }
  if (parts.course.journal?.version === null) await trainAndPublish(parts, fetched);
  return { verdict: await gateStage(parts), resumed };
}

/** Completes the journal of a run that was killed before it recorded its published version. */
async function withVersion({ runFolder, options }: StageParts, journal: Journal): Promise<Journal> {
  const version = await ownVersion(runFolder.registry, options.name, journal);
  return { ...journal, version };
}

async function isEvaluated(
  { runFolder, options }: StageParts,
  { runId }: Journal,
): Promise<boolean> {
  return (await runFolder.registry.readGate(options.name, runId)) !== undefined;
}

/** Whether an unfinished run has the same inputs as this one; if not, abandons it and logs the reason. */
async function isSame(
  { log, runFolder }: StageParts,
  { runId, inputs }: Journal,
  { inputs: now }: Fetched,
): Promise<boolean> {
  const changed = changedInputs(inputs, now);
  if (changed.length === 0) return true;
  log(`run ${runId} is abandoned and a new one begins: ${changed.join(', ')} changed`);
  await rm(runFolder.journal, { force: true });
  return false;
}

async function resume({ course, log }: StageParts, journal: Journal): Promise<void> {
  log(`resuming run ${journal.runId} at stage ${journal.stage}`);
  await course.begin(journal);
}

/** The reason to skip training; undefined if there are new photos or the options request training anyway. */
async function nothingNew(
  { options, runFolder }: StageParts,
  { inputs: { champion, photos } }: Fetched,
): Promise<string | undefined> {
  if (options.evenIfUnchanged || champion === null) return undefined;
  const reason = await reasonNothingNew(runFolder.registry, options.name, champion, photos);
  return reason && `${reason}; --even-if-unchanged trains anyway`;
}

async function beginNewRun({ options, runFolder, course }: StageParts, { inputs }: Fetched) {
  for (const leftover of [runFolder.checkpoint, runFolder.tensorboard])
    await rm(leftover, { recursive: true, force: true });
  const versions = await runFolder.registry.listVersions(options.name);
  await course.begin({
    schemaVersion: 1,
    runId: newRunId(),
    startedAt: new Date().toISOString(),
    inputs,
    newestBefore: versions.at(-1) ?? 0,
    stage: 'fetch',
    seconds: {},
    start: null,
    version: null,
    outcome: null,
  });
}

async function trainAndPublish(parts: StageParts, fetched: Fetched): Promise<void> {
  const { course, status, stop } = parts;
  await course.enter('train');
  const challenger = await trainChallenger({
    ...parts,
    fetched,
    runId: course.journal!.runId,
    onStep: ({ epoch, epochs, step, steps, loss }) =>
      status.progress({
        done: (epoch - 1) * steps + step,
        total: epochs * steps,
        unit: 'steps',
        note: `epoch ${epoch} of ${epochs}, loss ${loss.toFixed(3)}`,
      }),
  });
  stop.throwIfAborted();
  await course.note({ start: challenger.start });
  await course.enter('publish');
  await course.note({ version: await challenger.publish() });
  stop.throwIfAborted();
}

async function gateStage(parts: StageParts): Promise<StagesResult['verdict']> {
  const { course } = parts;
  await course.enter('gate');
  const { runId, version } = course.journal!;
  return { kind: 'gated', gate: await evaluateChallenger(parts, runId, version!) };
}

function fetchReporter({ log, status, stop: signal }: StageParts) {
  const onProgress = (done: number, total: number) =>
    status.progress({ done, total, unit: 'photos' });
  return { log, onProgress, signal };
}
