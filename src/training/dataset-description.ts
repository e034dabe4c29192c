import path from 'node:path';
import type { Dataset } from '../dataset/dataset.ts';
import type { Manifest } from '../registry/manifest.ts';

const VALIDATION = 'stopping point, averaging, temperature and interval';
const CALIBRATION = 'temperature and interval';

/** What a manifest says of the photos a model was made with. */
export function describeDataset(
  { location, fingerprint, counts }: Dataset,
  validationSplit: string,
): Manifest['dataset'] {
  const name = path.basename(location);
  return {
    name,
    fingerprint,
    counts,
    splits: { train: 'training', [validationSplit]: VALIDATION },
  };
}

/** What a manifest says of photos that calibrated a network trained on others. */
export function describeCalibration(
  { location, fingerprint, counts }: Dataset,
  split: string,
): Manifest['calibratedOn'] {
  return { name: path.basename(location), fingerprint, counts, splits: { [split]: CALIBRATION } };
}
