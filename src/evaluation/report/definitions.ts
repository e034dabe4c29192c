import { whole, wholePercent } from '../format.ts';
import type { MetricsFile } from '../metrics-file.ts';
import { html, type Markup } from './html.ts';

/** What each figure means and how it was made. */
export function definitions({ method, model }: MetricsFile): Markup {
  const terms: [string, string][] = [
    [
      'MAE, bias',
      'Mean absolute difference, and mean difference, of the mean age predicted and the age labelled.',
    ],
    [
      'Right bucket, within one',
      'The most probable bucket is the true one, or the true one or its neighbour.',
    ],
    [
      'ECE, chance',
      `Expected calibration error of the most probable bucket in ${method.eceBins} bins of equal width (Guo et al. 2017). Chance: the 95th percentile of the ECE that a perfectly calibrated model with the same confidences would get on as many photos, from ${whole(method.calibratedDraws)} draws (Bröcker and Smith 2007; Vaicenavicius et al. 2019). Not given by true age: such a group is chosen by the answer, and no model is calibrated in it.`,
    ],
    [
      'Coverage',
      `Share of the true ages inside the interval answered, made for ${wholePercent(model.intervalLevel)}.`,
    ],
    [
      'Intervals',
      `${wholePercent(method.bootstrapLevel)}: percentile bootstrap over photos, ${whole(method.bootstrapResamples)} resamples, seed ${method.seed}; none below ${method.bootstrapMinPhotos} photos. Of error rates: Wilson’s.`,
    ],
    [
      `${method.thresholdYears} years`,
      `A face passes where its mean age is at least ${method.thresholdYears} plus the buffer. Minors: labelled under ${method.thresholdYears}; adults: all others. This is not the service’s own decision, which weighs a probability against a confidence.`,
    ],
    [
      'Groups',
      'As labelled. They differ in age too, so a difference between them is not all due to the group.',
    ],
  ];
  return html`<h2>How the figures are made</h2>
    <dl>
      ${terms.map(
        ([term, text]) =>
          html`<dt>${term}</dt>
            <dd>${text}</dd>`,
      )}
    </dl>`;
}
