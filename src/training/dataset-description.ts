import path from 'node:path';
import type { Dataset } from '../dataset/dataset.ts';
import type { Manifest } from '../registry/manifest.ts';
import { FEEDBACK_SPLIT, FEEDBACK_VALIDATION_SPLIT, type PhotoChoice } from './photo-choice.ts';

const VALIDATION = 'stopping point, averaging, temperature and interval';

/** What a manifest says of the photos a model was made with. */
export function describeDataset(
  { location, counts }: Pick<Dataset, 'location' | 'counts'>,
  choice: PhotoChoice,
  { validationSplit, feedbackWeight }: { validationSplit: string; feedbackWeight: number },
): Manifest['dataset'] {
  const feedback = describeFeedback(choice, feedbackWeight);
  return {
    name: path.basename(location),
    fingerprint: choice.fingerprint,
    counts: {
      ...counts,
      ...(choice.heldOut > 0 && { heldOut: choice.heldOut }),
      ...feedback.counts,
    },
    splits: { train: 'training', [validationSplit]: VALIDATION, ...feedback.splits },
  };
}

function describeFeedback(choice: PhotoChoice, weight: number) {
  const { feedback, feedbackValidation, feedbackLeftOut } = choice;
  if (feedback.length + feedbackValidation.length + feedbackLeftOut === 0) return {};
  return {
    counts: {
      [FEEDBACK_SPLIT]: feedback.length,
      [FEEDBACK_VALIDATION_SPLIT]: feedbackValidation.length,
      ...(feedbackLeftOut > 0 && { feedbackLeftOut }),
    },
    splits: {
      [FEEDBACK_SPLIT]: `training, with weight ${weight}`,
      [FEEDBACK_VALIDATION_SPLIT]: 'figures of their own',
    },
  };
}
