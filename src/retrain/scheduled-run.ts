import type { Logger } from '../common/logger.ts';
import type { RetrainRunner } from './retrain-runner.ts';

/**
 * What a schedule runs: a retraining by the runner, after the one under way, if there is one.
 * @param args added to the command's
 */
export function scheduledRun(
  runner: Pick<RetrainRunner, 'start' | 'idle'>,
  logger: Pick<Logger, 'warn'>,
  args: readonly string[] = [],
): (due: { at: Date; missed: boolean }) => Promise<void> {
  return async ({ at, missed }) => {
    const detail = `due ${at.toISOString()}${missed ? ', caught up with' : ''}`;
    let result = runner.start({ kind: 'schedule', detail }, args);
    while (!result.started && result.why === 'running') {
      await runner.idle();
      result = runner.start({ kind: 'schedule', detail }, args);
    }
    if (!result.started && result.why === 'cannot-train') logger.warn(result.detail);
    await runner.idle();
  };
}
