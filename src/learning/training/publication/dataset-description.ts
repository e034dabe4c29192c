import path from 'node:path';
import type { Dataset } from '../../dataset/dataset.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import {
  FEEDBACK_SPLIT,
  FEEDBACK_VALIDATION_SPLIT,
  type PhotoChoice,
} from '../batches/select-photos.ts';

const VALIDATION = 'stopping point, averaging, temperature and interval';
const CALIBRATION = 'temperature and interval';

/** Which of the photos a run trained on, and how much its feedback counted. */
export interface TrainedOn {
  choice: Pick<PhotoChoice, 'heldOut' | 'feedback' | 'feedbackValidation' | 'feedbackLeftOut'>;
  feedbackWeight: number;
}

/**
 * What a manifest says of the photos a model was made with.
 * @param trainedOn where there was feedback, or something was held out
 */
export function describeDataset(
  { location, fingerprint, counts }: Pick<Dataset, 'location' | 'fingerprint' | 'counts'>,
  validationSplit: string,
  trainedOn?: TrainedOn,
): Manifest['dataset'] {
  const more = trainedOn && describeFeedback(trainedOn);
  const heldOut = trainedOn?.choice.heldOut ?? 0;
  return {
    name: path.basename(location),
    fingerprint,
    counts: { ...counts, ...(heldOut > 0 && { heldOut }), ...more?.counts },
    splits: { train: 'training', [validationSplit]: VALIDATION, ...more?.splits },
  };
}

function describeFeedback({ choice, feedbackWeight }: TrainedOn) {
  const { feedback, feedbackValidation, feedbackLeftOut } = choice;
  if (feedback.length + feedbackValidation.length + feedbackLeftOut === 0) return undefined;
  return {
    counts: {
      [FEEDBACK_SPLIT]: feedback.length,
      [FEEDBACK_VALIDATION_SPLIT]: feedbackValidation.length,
      ...(feedbackLeftOut > 0 && { feedbackLeftOut }),
    },
    splits: {
      [FEEDBACK_SPLIT]: `training, with weight ${feedbackWeight}`,
      [FEEDBACK_VALIDATION_SPLIT]: 'figures of their own',
    },
  };
}

/** What a manifest says of photos that calibrated a network trained on others. */
export function describeCalibration(
  { location, fingerprint, counts }: Dataset,
  split: string,
): Manifest['calibratedOn'] {
  return { name: path.basename(location), fingerprint, counts, splits: { [split]: CALIBRATION } };
}
