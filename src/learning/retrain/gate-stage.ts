import type { GateResult } from '../../registry/gate/gate-result.ts';
import { createProgress, type Progress } from '../../common/progress.ts';
import type { StatusFile } from './run-progress.ts';
import { runGate } from '../gate/run-gate.ts';
import type { StageParts } from './run-folder.ts';

/** Compares the run's version with the champion, or applies the decision that an earlier process has recorded. */
export async function evaluateChallenger(
  { options, config, log, status, stop: signal, confirm }: StageParts,
  id: string,
  challenger: number,
): Promise<GateResult> {
  const { name: model, alias, force, by } = options;
  const reason = force ? (options.reason ?? 'retrain --force') : undefined;
  const progress = alsoReportTo(status, createProgress('gate'));
  try {
    return await runGate(
      {
        model,
        challenger,
        alias,
        ...gateSetOf(options, config, log),
        id,
        force,
        reason,
        by,
      },
      config,
      { log, progress, signal, confirm },
    );
  } finally {
    progress.stop();
  }
}

/** The photos of GATE_SET; if it is not set, the validation photos. */
function gateSetOf(
  { sources: [first], cache, valShare, groups }: StageParts['options'],
  { GATE_SET, GATE_SPLIT }: StageParts['config'],
  log: StageParts['log'],
) {
  if (GATE_SET !== undefined) return { set: GATE_SET, split: GATE_SPLIT, valShare, cache, groups };
  const { data } = first!;
  log(
    `GATE_SET is not set: the gate uses the split "val" of ${data}, which also selected the epoch of the versions`,
  );
  return { set: data, split: 'val', valShare, cache, groups };
}

function alsoReportTo(status: StatusFile, progress: Progress): Progress {
  return {
    update: (done, total, note) => {
      progress.update(done, total, note);
      status.progress({ done, total, unit: 'photos' });
    },
    stop: () => progress.stop(),
  };
}
