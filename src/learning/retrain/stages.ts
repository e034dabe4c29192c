import { rm } from 'node:fs/promises';
import type { GateResult } from '../../registry/gate-result.ts';
import { learnedAlready, ownVersion } from './earlier-versions.ts';
import { changedInputs, readJournal, type Journal } from './journal.ts';
import { newRunId } from './run-id.ts';
import { trainChallenger } from './challenger.ts';
import { fetchInputs, type Fetched } from './inputs.ts';
import { evaluateChallenger } from './gate-stage.ts';
import type { StageParts } from './run-folder.ts';

/** The result of the stages. */
export interface StagesEnd {
  verdict: { kind: 'gated'; gate: GateResult } | { kind: 'unchanged'; reason: string };
  /** Undefined where the photos were no longer needed. */
  fetched: Fetched | undefined;
  resumed: boolean;
}

/**
 * Runs the stages, resuming from the one that the journal records. What must not be done twice is looked up in the
 * registry: a version with the id of the run, a gate result with that id.
 */
export async function runStages(parts: StageParts): Promise<StagesEnd> {
  const { course, place } = parts;
  await course.enter('fetch');
  const before = await readJournal(place.journal);
  const unfinished = before?.outcome === null ? await withVersion(parts, before) : undefined;
  if (unfinished !== undefined && (await isEvaluated(parts, unfinished))) {
    await resume(parts, unfinished);
    return { verdict: await gateStage(parts), fetched: undefined, resumed: true };
  }
  const fetched = await fetchInputs(parts.options, place, fetchReporter(parts));
  try {
    return { fetched, ...(await makeAndEvaluate(parts, fetched, unfinished)) };
  } finally {
    await fetched.photos.close();
  }
}

async function makeAndEvaluate(
  parts: StageParts,
  fetched: Fetched,
  unfinished: Journal | undefined,
): Promise<Omit<StagesEnd, 'fetched'>> {
  const resumed = unfinished !== undefined && (await isSame(parts, unfinished, fetched));
  if (resumed) await resume(parts, unfinished);
  else {
    const reason = await nothingNew(parts, fetched);
    if (reason !== undefined) return { verdict: { kind: 'unchanged', reason }, resumed };
    await beginAfresh(parts, fetched);
  }
  if (parts.course.journal?.version === null) await trainAndPublish(parts, fetched);
  return { verdict: await gateStage(parts), resumed };
}

/** A run that was killed may not have recorded that its version is published. */
async function withVersion({ place, options }: StageParts, journal: Journal): Promise<Journal> {
  const version = await ownVersion(place.registry, options.name, journal);
  return { ...journal, version };
}

async function isEvaluated({ place, options }: StageParts, { runId }: Journal): Promise<boolean> {
  return (await place.registry.readGate(options.name, runId)) !== undefined;
}

/** Whether an unfinished run has the same inputs as this one; if not, it is abandoned and the reason is logged. */
async function isSame(
  { log, place }: StageParts,
  { runId, inputs }: Journal,
  { inputs: now }: Fetched,
): Promise<boolean> {
  const changed = changedInputs(inputs, now);
  if (changed.length === 0) return true;
  log(
    `run ${runId} is abandoned and a new one begins: ${changed.join(', ')} changed in the meantime`,
  );
  await rm(place.journal, { force: true });
  return false;
}

async function resume({ course, log }: StageParts, journal: Journal): Promise<void> {
  log(`resumes run ${journal.runId} at stage ${journal.stage}`);
  await course.begin(journal);
}

/** Why there is nothing new to learn; undefined where there is, or where the options ask to train anyway. */
async function nothingNew(
  { options, place }: StageParts,
  { inputs: { champion, photos } }: Fetched,
): Promise<string | undefined> {
  if (options.evenIfUnchanged || champion === null) return undefined;
  const reason = await learnedAlready(place.registry, options.name, champion, photos);
  return reason && `${reason}; --even-if-unchanged trains anyway`;
}

async function beginAfresh({ options, place, course }: StageParts, { inputs }: Fetched) {
  for (const left of [place.checkpoint, place.tensorboard])
    await rm(left, { recursive: true, force: true });
  const versions = await place.registry.listVersions(options.name);
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

async function gateStage(parts: StageParts): Promise<StagesEnd['verdict']> {
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
