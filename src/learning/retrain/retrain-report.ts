import type { GateResult } from '../../registry/gate/gate-result.ts';
import type { RetrainOutcome, RetrainStatus } from '../../registry/retrain-record.ts';

/** The photos of a run. */
export interface ReportedData {
  /** A folder or `s3://bucket/prefix`. */
  location: string;
  fingerprint: string;
  counts: Readonly<Record<string, number>>;
}

/** What a run did and how it ended, for the console, programs, metrics and the webhook. */
export interface RetrainReport {
  runId: string;
  model: string;
  registry: string;
  alias: string;
  outcome: RetrainOutcome;
  /** Why the run ended this way, one sentence each. */
  reasons: string[];
  /** Whether the run was begun by an earlier process. */
  resumed: boolean;
  startedAt: string;
  endedAt: string;
  /** The version that served when the run began. */
  champion: number | null;
  /** The version that the run published; null if none. */
  challenger: number | null;
  data: ReportedData | null;
  /** What the weights were initialized from. */
  start: string | null;
  gate: GateResult | null;
  /** Seconds by stage, over all parts of an interrupted run. */
  seconds: Partial<Record<RetrainStatus['stage'], number>>;
}

/** The report as text: the outcome first. */
export function reportText(report: RetrainReport): string {
  const { outcome, model, registry, alias, challenger, reasons, gate, seconds } = report;
  const stages = Object.entries(seconds).map(([stage, time]) => `${stage} ${time.toFixed(0)} s`);
  return [
    `${headlines[outcome]}${challenger === null ? '' : `: version ${challenger}`}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...(gate?.unverified ?? []).map((item) => `  not verified: ${item}`),
    `${alias} of ${model} in ${registry} ${aliasText(report)}`,
    ...(report.start === null ? [] : [`started from ${report.start}`]),
    ...(gate === null ? [] : [`the gate's result is ${model}/gates/${gate.id}.json`]),
    ...(stages.length === 0 ? [] : [`run ${report.runId}: ${stages.join(', ')}`]),
  ].join('\n');
}

const headlines: Record<RetrainOutcome, string> = {
  promote: 'promoted',
  hold: 'held back',
  refuse: 'refused',
  unchanged: 'nothing to do',
  locked: 'another run holds the lock',
  interrupted: 'interrupted; the same command resumes the run',
  usage: 'the options are not valid',
  failed: 'failed',
};

function aliasText({ champion, challenger, gate }: RetrainReport): string {
  if (gate?.promoted === true) {
    const previous = gate.champion === null ? 'none' : `version ${gate.champion}`;
    return `points to version ${challenger}; previously: ${previous}`;
  }
  return champion === null ? 'points to no version' : `still points to version ${champion}`;
}
