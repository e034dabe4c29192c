import path from 'node:path';
import type { Dataset } from '../../dataset/dataset.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import {
  FEEDBACK_SPLIT,
  FEEDBACK_VALIDATION_SPLIT,
  type PhotoSelection,
} from '../batches/select-photos.ts';

const VALIDATION = 'stopping point, averaging, temperature and interval';
const CALIBRATION = 'temperature and interval';

/** The photo selection of a run, and the weight of its feedback. */
export interface TrainedOn {
  selection: Pick<
    PhotoSelection,
    'heldOut' | 'feedback' | 'feedbackValidation' | 'feedbackLeftOut'
  >;
  feedbackWeight: number;
}

/**
 * Describes, for the manifest, the photos that a model was trained and validated on.
 * @param trainedOn present if there was feedback or if photos were held out
 */
export function describeDataset(
  { location, fingerprint, counts }: Pick<Dataset, 'location' | 'fingerprint' | 'counts'>,
  validationSplit: string,
  trainedOn?: TrainedOn,
): Manifest['dataset'] {
  const feedback = trainedOn && describeFeedback(trainedOn);
  const heldOut = trainedOn?.selection.heldOut ?? 0;
  return {
    name: path.basename(location),
    fingerprint,
    counts: { ...counts, ...(heldOut > 0 && { heldOut }), ...feedback?.counts },
    splits: { train: 'training', [validationSplit]: VALIDATION, ...feedback?.splits },
  };
}

function describeFeedback({ selection, feedbackWeight }: TrainedOn) {
  const { feedback, feedbackValidation, feedbackLeftOut } = selection;
  if (feedback.length + feedbackValidation.length + feedbackLeftOut === 0) return undefined;
  return {
    counts: {
      [FEEDBACK_SPLIT]: feedback.length,
      [FEEDBACK_VALIDATION_SPLIT]: feedbackValidation.length,
      ...(feedbackLeftOut > 0 && { feedbackLeftOut }),
    },
    splits: {
      [FEEDBACK_SPLIT]: `training, with weight ${feedbackWeight}`,
      [FEEDBACK_VALIDATION_SPLIT]: 'separate metrics',
    },
  };
}

/** Describes, for the manifest, the photos that calibrated a network that was trained on others. */
export function describeCalibration(
  { location, fingerprint, counts }: Dataset,
  split: string,
): Manifest['calibratedOn'] {
  return { name: path.basename(location), fingerprint, counts, splits: { [split]: CALIBRATION } };
}
