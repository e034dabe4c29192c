import { rm } from 'node:fs/promises';
import type { RetrainConfig } from '../../common/config/config.ts';
import { messageOf } from '../../common/errors.ts';
import type { RetrainOutcome } from '../../registry/retrain-record.ts';
import { LeaseHeldError } from '../../registry/store/lease.ts';
import { describeSources } from '../training/publication/dataset-description.ts';
import type { Fetched } from './inputs.ts';
import { currentHolder } from './lease-holder.ts';
import { LeaseRenewer } from './lease-renewer.ts';
import { notify, type NotificationResults } from './notification.ts';
import type { RetrainOptions } from './retrain-options.ts';
import type { RetrainReport } from './retrain-report.ts';
import { runFolderOf, type RunFolder } from './run-folder.ts';
import { newRunId } from './run-id.ts';
import { RunCourse, StatusFile } from './run-progress.ts';
import { runStages, type StagesResult } from './stages.ts';

/** Time to live of the lease: other machines wait this long after the holder has crashed. */
const LEASE_MS = 60_000;

export interface RetrainRequest {
  options: RetrainOptions;
  config: RetrainConfig;
  log: (text: string) => void;
  /** Aborts to stop the run. */
  stop: AbortSignal;
}

export interface Retrained {
  report: RetrainReport;
  notifications: NotificationResults;
}

/** How the stages ended. */
type End =
  | { kind: 'done'; end: StagesResult }
  | { kind: 'stopped'; outcome: RetrainOutcome; reason: string };

/**
 * Retrains while holding the lease of the model, and sends the notifications. Failures are in the report.
 * @throws Error if the status file cannot be written
 */
export async function retrain(request: RetrainRequest): Promise<Retrained> {
  const { options, config } = request;
  const runFolder = runFolderOf(options, config);
  const startedAt = new Date().toISOString();
  const runId = newRunId();
  const status = new StatusFile(options.statusFile, runId);
  await status.begin();
  const course = new RunCourse({ journalFile: runFolder.journal, status });
  const run = { request, runFolder, status, course, startedAt, runId };
  const retrained = await underLease(run);
  const { outcome, reasons } = retrained.report;
  await status.end(outcome, reasons);
  return retrained;
}

interface Run {
  request: RetrainRequest;
  runFolder: RunFolder;
  status: StatusFile;
  course: RunCourse;
  startedAt: string;
  /** Used until the journal shows whether an earlier run is resumed. */
  runId: string;
}

async function underLease(run: Run): Promise<Retrained> {
  const { runFolder } = run;
  try {
    const { store, leaseKey: key } = runFolder;
    const holder = currentHolder(run.request.options.by);
    const renewer = await LeaseRenewer.acquire({ store, key, holder, ttlMs: LEASE_MS });
    try {
      return await work(run, renewer);
    } finally {
      await renewer.release();
    }
  } catch (error) {
    const outcome = error instanceof LeaseHeldError ? 'locked' : 'failed';
    return {
      report: reportOf(run, { kind: 'stopped', outcome, reason: messageOf(error) }),
      notifications: {},
    };
  }
}

async function work(run: Run, renewer: LeaseRenewer): Promise<Retrained> {
  const { course, request } = run;
  const end = await endOf(run, renewer);
  await course.leave();
  if (end.kind === 'stopped' && end.outcome !== 'failed')
    return { report: reportOf(run, end), notifications: {} };
  if (end.kind === 'done') await course.enter('finish');
  const report = reportOf(run, end);
  const { options, config, stop } = request;
  const notifications = await notify(report, { options, config, runFolder: run.runFolder, stop });
  if (end.kind === 'done') await finish(run, report.outcome);
  return { report, notifications };
}

/** Records the outcome in the journal, and removes the state that is only needed to resume the run. */
async function finish({ course, runFolder }: Run, outcome: RetrainOutcome): Promise<void> {
  await course.leave();
  await course.note({ outcome });
  for (const leftover of [runFolder.checkpoint, runFolder.tensorboard])
    await rm(leftover, { recursive: true, force: true });
}

async function endOf(
  { request, runFolder, status, course }: Run,
  renewer: LeaseRenewer,
): Promise<End> {
  const { options, config, log, stop: asked } = request;
  const stop = AbortSignal.any([asked, renewer.lost]);
  const confirm = () => renewer.confirm();
  try {
    const parts = { options, config, runFolder, course, status, log, stop, confirm };
    return { kind: 'done', end: await runStages(parts) };
  } catch (error) {
    if (renewer.lost.aborted)
      return { kind: 'stopped', outcome: 'locked', reason: messageOf(renewer.lost.reason) };
    const outcome = asked.aborted ? 'interrupted' : 'failed';
    return { kind: 'stopped', outcome, reason: messageOf(error) };
  }
}

function reportOf(run: Run, end: End): RetrainReport {
  const { request, runFolder, course } = run;
  const fetched = end.kind === 'done' ? end.end.fetched : undefined;
  return {
    model: request.options.name,
    registry: runFolder.registry.location,
    alias: request.options.alias,
    ...identityOf(run, fetched),
    ...conclusionOf(end),
    resumed: end.kind === 'done' && end.end.resumed,
    endedAt: new Date().toISOString(),
    data: fetched === undefined ? null : dataOf(fetched),
    seconds: course.seconds,
  };
}

/** The identity from the journal, if the run has begun. */
function identityOf({ course: { journal }, runId, startedAt }: Run, fetched: Fetched | undefined) {
  if (journal !== undefined) {
    const { version: challenger, start, inputs } = journal;
    const begun = { runId: journal.runId, startedAt: journal.startedAt };
    return { ...begun, start, champion: inputs.champion, challenger };
  }
  const champion = fetched?.inputs.champion ?? null;
  return { runId, startedAt, start: null, champion, challenger: null };
}

function dataOf({ photos: { sources, selection } }: Fetched) {
  const { location, counts } = describeSources(sources);
  return { location, counts, fingerprint: selection.fingerprint };
}

function conclusionOf(end: End): Pick<RetrainReport, 'outcome' | 'reasons' | 'gate'> {
  if (end.kind === 'stopped') return { outcome: end.outcome, reasons: [end.reason], gate: null };
  const { verdict } = end.end;
  if (verdict.kind === 'unchanged')
    return { outcome: 'unchanged', reasons: [verdict.reason], gate: null };
  const { gate } = verdict;
  return { outcome: gate.promoted ? 'promote' : gate.outcome, reasons: gate.reasons, gate };
}
