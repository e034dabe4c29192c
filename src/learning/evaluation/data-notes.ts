import { ownValue } from '../../common/own-value.ts';
import type { DescribedModel } from './described-model.ts';
import type { MetricsFile } from './metrics-file.ts';

/** What the photos judged had to do with the model's making, in a sentence for readers of the figures. */
export function splitRole(
  { dataset, calibratedOn }: DescribedModel,
  evaluated: MetricsFile['dataset'],
): string {
  const known = [calibratedOn, dataset].find((each) => each?.name === evaluated.name);
  const role = known && ownValue(known.splits, evaluated.split);
  return role === undefined
    ? 'As far as the manifest knows, these photos had no part in making the model.'
    : `These photos also served this model's making (${role}): expect somewhat worse figures on others.`;
}

/** What is known of a data set's photos beyond their labels. */
export interface DataNotes {
  name: string;
  source: string;
  license: string;
  labels: string;
}

const utkFace: DataNotes = {
  name: 'UTKFace',
  source:
    'Faces found on the web, aligned and cropped (Zhang, Song and Qi, "Age Progression/Regression by Conditional ' +
    'Adversarial Autoencoder", CVPR 2017). The persons shown were not asked.',
  license:
    'Offered for non-commercial research only; the copyright of each photo belongs to its owner.',
  labels:
    'Age, sex and ethnicity were estimated by an algorithm (DEX) and then checked by a person: they are guesses about ' +
    'how someone looks, not documents, and they are noisy. Photos per decade are very uneven.',
};

/** The notes on the data set that a licence names, or undefined where it names none we know. */
export function dataNotesFor(license: string): DataNotes | undefined {
  return /\butkface\b/i.test(license) ? utkFace : undefined;
}
