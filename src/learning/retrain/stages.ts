import { rm } from 'node:fs/promises';
import type { GateResult } from '../../registry/gate-result.ts';
import { learnedAlready, ownVersion } from './earlier-versions.ts';
import { changedInputs, readJournal, type Journal } from './journal.ts';
import { newRunId } from './run-id.ts';
import { trainChallenger } from './challenger.ts';
import { fetchInputs, type Fetched } from './inputs.ts';
import { evaluateChallenger } from './gate-stage.ts';
import type { StageParts } from './run-folder.ts';

/** What a run came to. */
export interface StagesEnd {
  verdict: { kind: 'judged'; gate: GateResult } | { kind: 'unchanged'; reason: string };
  /** Undefined where the photos were not needed any more. */
  fetched: Fetched | undefined;
  resumed: boolean;
}

/**
 * Runs the stages, from where the journal says that an earlier process came to. What must not be done twice is looked
 * for in the registry: a version that has the run's id, a gate's result of that id.
 */
export async function runStages(parts: StageParts): Promise<StagesEnd> {
  const { course, place } = parts;
  await course.enter('fetch');
  const before = await readJournal(place.journal);
  const unfinished = before?.outcome === null ? await withVersion(parts, before) : undefined;
  if (unfinished !== undefined && (await isEvaluated(parts, unfinished))) {
    await resume(parts, unfinished);
    return { verdict: await evaluator(parts), fetched: undefined, resumed: true };
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
  if (parts.course.journal?.version === null) await make(parts, fetched);
  return { verdict: await evaluator(parts), resumed };
}

/** A run that was killed may not have noted that its version is published. */
async function withVersion({ place, options }: StageParts, journal: Journal): Promise<Journal> {
  const version = await ownVersion(place.registry, options.name, journal);
  return { ...journal, version };
}

async function isEvaluated({ place, options }: StageParts, { runId }: Journal): Promise<boolean> {
  return (await place.registry.readGate(options.name, runId)) !== undefined;
}

/** Whether a run that was begun is what this one is to be; else it is given up, and why is told. */
async function isSame(
  { log, place }: StageParts,
  { runId, inputs }: Journal,
  { inputs: now }: Fetched,
): Promise<boolean> {
  const changed = changedInputs(inputs, now);
  if (changed.length === 0) return true;
  log(`run ${runId} is given up and another begun: ${changed.join(', ')} changed meanwhile`);
  await rm(place.journal, { force: true });
  return false;
}

async function resume({ course, log }: StageParts, journal: Journal): Promise<void> {
  log(`goes on with run ${journal.runId}, which came to stage ${journal.stage}`);
  await course.begin(journal);
}

/** Why nothing new is to be learned; undefined where there is, or where that is not to matter. */
async function nothingNew(
  { options, place }: StageParts,
  { inputs: { champion, photos } }: Fetched,
): Promise<string | undefined> {
  if (options.evenIfUnchanged || champion === null) return undefined;
  const reason = await learnedAlready(place.registry, options.name, champion, photos);
  return reason && `${reason}; --even-if-unchanged trains nevertheless`;
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

async function make(parts: StageParts, fetched: Fetched): Promise<void> {
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

async function evaluator(parts: StageParts): Promise<StagesEnd['verdict']> {
  const { course } = parts;
  await course.enter('gate');
  const { runId, version } = course.journal!;
  return { kind: 'judged', gate: await evaluateChallenger(parts, runId, version!) };
}

function fetchReporter({ log, status, stop: signal }: StageParts) {
  const onProgress = (done: number, total: number) =>
    status.progress({ done, total, unit: 'photos' });
  return { log, onProgress, signal };
}
