import type { Manifest } from '../../../registry/manifest.ts';

/** Background information on a dataset that is widely used. */
export interface DataNotes {
  name: string;
  source: string;
  license: string;
  labels: string;
}

const known: readonly DataNotes[] = [
  {
    name: 'UTKFace',
    source:
      'Faces collected from the web, aligned and cropped (Zhang, Song and Qi, "Age Progression/Regression by Conditional ' +
      'Adversarial Autoencoder", CVPR 2017). The people shown did not give consent.',
    license:
      'Available for non-commercial research only; the copyright of each photo belongs to its owner.',
    labels:
      'Age, sex, and ethnicity were estimated by an algorithm (DEX) and then checked by a person. They describe how someone ' +
      'looks, are not based on documents, and are noisy. The number of photos per decade varies widely.',
  },
  {
    name: 'FairFace',
    source:
      'Faces from public photos of Flickr, balanced by ethnicity (Kärkkäinen and Joo, "FairFace: Face Attribute Dataset for ' +
      'Balanced Race, Gender, and Age for Bias Measurement and Mitigation", WACV 2021). The people shown did not give consent.',
    license: 'CC BY 4.0: name the authors of FairFace.',
    labels:
      'Age group, sex, and ethnicity as several people perceived them in the photo; nobody was asked for their age. The ages ' +
      'are nine groups (0-2, 3-9, then decades up to 70 and older).',
  },
];

/** The datasets with background information that a version was trained on, as far as its license and its sources name them. */
export function knownDatasetsOf({
  license,
  sources = [],
}: Pick<Manifest, 'license' | 'sources'>): readonly DataNotes[] {
  const texts = [license, ...sources.flatMap((source) => [source.name, source.license])];
  return known.filter(({ name }) =>
    texts.some((text) => wordsOf(text).includes(name.toLowerCase())),
  );
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]/);
}
