import type { EpochReport } from './epoch-report.ts';

/**
 * Seconds that a run has still to go: its remaining epochs at the pace of the last one, weighted by the photos' area
 * where later parts of the run have larger ones.
 * @param sideAt the side of the photos in an epoch, counted from 0
 */
export function remainingSeconds(
  last: Pick<EpochReport, 'epoch' | 'epochs' | 'side' | 'seconds'>,
  sideAt: (epoch: number) => number,
): number {
  let seconds = 0;
  for (let epoch = last.epoch; epoch < last.epochs; epoch++)
    seconds += last.seconds * (sideAt(epoch) / last.side) ** 2;
  return seconds;
}
