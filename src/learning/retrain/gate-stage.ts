import type { GateResult } from '../../registry/gate/gate-result.ts';
import { createProgress, type Progress } from '../../common/progress.ts';
import type { StatusFile } from './run-progress.ts';
import { runGate } from '../gate/run-gate.ts';
import { reasonsUndecidable } from '../gate/undecidable.ts';
import type { RunInputs } from './journal.ts';
import type { StageParts } from './run-folder.ts';

/** Compares the run's version with the champion, or applies the decision that an earlier process has recorded. */
export async function evaluateChallenger(
  parts: StageParts,
  id: string,
  challenger: number,
): Promise<GateResult> {
  const { options, config, log, status, stop: signal, confirm } = parts;
  noteOwnPhotos(parts);
  const { name: model, alias, force, by } = options;
  const reason = force ? (options.reason ?? 'retrain --force') : undefined;
  const progress = alsoReportTo(status, createProgress('gate'));
  try {
    return await runGate(
      {
        model,
        challenger,
        alias,
        ...gateSetOf(options, config),
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

/**
 * Says before a version is trained that the gate will not be able to decide about it, and what to change. The run goes on: its
 * version can be evaluated and promoted by hand.
 */
export async function warnOfUndecidableGate(
  { options, config, runFolder, log }: StageParts,
  { champion }: Pick<RunInputs, 'champion'>,
): Promise<void> {
  const gate = { ...gateSetOf(options, config), model: options.name, champion };
  const reasons = await reasonsUndecidable(runFolder.registry, gate);
  if (reasons.length > 0)
    log(`WARNING: the gate will not be able to promote what is trained now: ${reasons.join('; ')}`);
}

/** The photos of GATE_SET; if it is not set, the validation photos. */
function gateSetOf(
  { sources: [first], cache, valShare, groups }: StageParts['options'],
  { GATE_SET, GATE_SPLIT }: StageParts['config'],
) {
  if (GATE_SET !== undefined) return { set: GATE_SET, split: GATE_SPLIT, valShare, cache, groups };
  return { set: first!.data, split: 'val', valShare, cache, groups };
}

function noteOwnPhotos({ options, config, log }: StageParts): void {
  if (config.GATE_SET !== undefined) return;
  const { data } = options.sources[0]!;
  log(
    `GATE_SET is not set: the gate uses the split "val" of ${data}, which also selected the epoch of the versions`,
  );
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
