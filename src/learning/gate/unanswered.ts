import type { GateThresholds, UnansweredPhotos } from '../../registry/gate/gate-result.ts';
import { percent } from '../evaluation/format.ts';

/** Why a challenger is refused that finds a face in too few photos, compared with the champion; undefined if it is not. */
export function unansweredRefusal(
  { of, champion, challenger }: UnansweredPhotos,
  { unansweredTolerance, minPhotos }: Pick<GateThresholds, 'unansweredTolerance' | 'minPhotos'>,
): string | undefined {
  if (champion === null || of < minPhotos) return undefined;
  const further = (challenger - champion) / of;
  if (further <= unansweredTolerance) return undefined;
  return (
    `photos without an answer because no face was found ${champion} → ${challenger} of ${of}, ${percent(further)} more; ` +
    `unansweredTolerance allows ${percent(unansweredTolerance)}`
  );
}
