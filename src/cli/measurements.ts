import { readModelConfig } from '../common/config/config.ts';
import type { DetectorEvaluation } from '../learning/evaluation/detector/detector-evaluation.ts';
import type { WarningEvaluation } from '../learning/evaluation/warnings/measure-warnings.ts';
import type { WithoutFacesEvaluation } from '../learning/evaluation/warnings/without-faces.ts';

type OnProgress = (done: number, total: number) => void;
interface Printed {
  json?: boolean;
}

/** `evaluate --detector`: measures finding faces. */
export async function printDetector({ json, ...options }: DetectorEvaluation & Printed) {
  const { measureDetector } = await import('../learning/evaluation/detector/measure-detector.ts');
  const { describeDetector } = await import('../learning/evaluation/detector/detector-figures.ts');
  await print(json, (onProgress) => measureDetector(options, onProgress), describeDetector);
}

/** `evaluate --warnings`: measures how often warnings are raised, and the error with and without them. */
export async function printWarnings({ json, ...options }: WarningEvaluation & Printed) {
  const { measureWarnings } = await import('../learning/evaluation/warnings/measure-warnings.ts');
  const { warningsTables } = await import('../learning/evaluation/warnings/warnings-table.ts');
  const config = readModelConfig();
  await print(json, (onProgress) => measureWarnings(options, config, onProgress), warningsTables);
}

/** `evaluate --without-faces`: measures what a version makes of pictures without faces. */
export async function printWithoutFaces({ json, ...options }: WithoutFacesEvaluation & Printed) {
  const { measureWithoutFaces, withoutFacesTable } =
    await import('../learning/evaluation/warnings/without-faces.ts');
  const config = readModelConfig();
  const measure = (onProgress: OnProgress) => measureWithoutFaces(options, config, onProgress);
  await print(json, measure, withoutFacesTable);
}

/** Shows the progress, and then prints the figures: as JSON, or described as text. */
async function print<Figures>(
  json: boolean | undefined,
  measure: (onProgress: OnProgress) => Promise<Figures>,
  describe: (figures: Figures) => string,
): Promise<void> {
  const { createProgress } = await import('../common/progress.ts');
  const progress = createProgress('photos');
  try {
    const figures = await measure((done, total) => progress.update(done, total));
    console.log(json === true ? JSON.stringify(figures, null, 2) : describe(figures));
  } finally {
    progress.stop();
  }
}
