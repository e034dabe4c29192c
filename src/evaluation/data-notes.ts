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
