import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Dataset } from '../../dataset/dataset.ts';
import type { OpenSource } from '../batches/training-sources.ts';
import { UNKNOWN_LICENSE } from '../ingredients.ts';
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
  sources: readonly DescribedSource[],
  validationSplit: string,
  trainedOn?: TrainedOn,
): Manifest['dataset'] {
  const { name, fingerprint, counts } = describeSources(sources);
  const feedback = trainedOn && describeFeedback(trainedOn);
  const heldOut = trainedOn?.selection.heldOut ?? 0;
  return {
    name,
    fingerprint,
    counts: { ...counts, ...(heldOut > 0 && { heldOut }), ...feedback?.counts },
    splits: { train: 'training', [validationSplit]: VALIDATION, ...feedback?.splits },
  };
}

/** A data set of a run. */
export interface DescribedSource extends Pick<OpenSource, 'name' | 'weight' | 'license'> {
  dataset: Pick<Dataset, 'location' | 'fingerprint' | 'counts'>;
}

/** Describes all data sets of a run together: the sums of their counts, and one fingerprint. */
export function describeSources(sources: readonly DescribedSource[]) {
  const [first, ...others] = sources;
  const { fingerprint, location } = first!.dataset;
  const counts: DescribedSource['dataset']['counts'] = { ...first!.dataset.counts };
  for (const { dataset } of others)
    for (const [name, count] of Object.entries(dataset.counts))
      counts[name] = (counts[name] ?? 0) + count;
  if (others.length === 0) return { name: path.basename(location), location, fingerprint, counts };
  const all = sources.map(({ dataset }) => dataset);
  return {
    name: sources.map(({ name }) => name).join(' + '),
    location: all.map((dataset) => dataset.location).join(' + '),
    fingerprint: createHash('sha256')
      .update(all.map((dataset) => `${dataset.fingerprint}\n`).join(''))
      .digest('hex'),
    counts,
  };
}

/** The data sets of a run one by one; undefined for a single one whose license is not known. */
export function listSources(
  sources: readonly OpenSource[],
  { train }: Pick<PhotoSelection, 'train'>,
): Manifest['sources'] {
  if (sources.length === 1 && sources[0]!.license === undefined) return undefined;
  return sources.map(({ name, license = UNKNOWN_LICENSE, weight }, index) => ({
    ...{ name, license, weight },
    photos: train[index]!.length,
  }));
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
