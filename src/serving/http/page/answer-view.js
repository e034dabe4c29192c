import { make } from './elements.js';

/** @typedef {import('./service.js').Answer} Answer */

/** The oldest age on the scale. */
const END = 100;

/** @type {Record<string, string>} */
const warnings = {
  tiny: 'The crop has fewer pixels than the input of the model.',
  low_contrast: 'The picture has hardly any contrast.',
  far_from_square: 'The picture is far from square; much of it was cut off.',
};

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;

/** Shows the latest answer for a photo. A later answer animates the bars to their new lengths. */
export class AnswerView {
  element = make('div', { class: 'answer' });
  #age = make('p', { class: 'age' });
  #span = make('span', { class: 'span' });
  #mean = make('span', { class: 'mean' });
  #bars = make('ol', { class: 'bars', 'aria-label': 'Probability of each age bucket' });
  #verdict = make('p', { class: 'verdict' });
  #warnings = make('p', { class: 'warnings' });
  #meta = make('p', { class: 'meta' });

  constructor() {
    const scale = make('div', { class: 'scale', 'aria-hidden': 'true' }, this.#span, this.#mean);
    this.element.append(this.#age, scale, this.#verdict, this.#bars, this.#warnings, this.#meta);
  }

  /** @param {Answer} answer @param {number} threshold */
  show({ prediction, model, ms }, threshold) {
    const { age, bucket, buckets } = prediction;
    const { level, low, high } = age.interval;
    this.#age.replaceChildren(
      `${Math.round(age.mean)} years `,
      make(
        'small',
        {},
        `with ${Math.round(100 * level)} % probability from ${Math.round(low)} to ${Math.round(high)}`,
      ),
    );
    place(this.#span, low, high);
    this.#mean.style.left = `${Math.min(age.mean, END)}%`;
    this.#showBars(buckets, bucket.label);
    this.showThreshold(prediction, threshold);
    this.#warnings.textContent = prediction.warnings
      .map((name) => warnings[name] ?? name)
      .join(' ');
    const { name, version, engine, device, precision } = model;
    const by = [`${name} version ${version}`, engine, device, precision].filter(Boolean).join(', ');
    this.#meta.textContent = `${by}; answered in ${Math.round(ms)} ms`;
  }

  /**
   * @param {import('./service.js').Prediction} prediction
   * @param {number} threshold
   */
  showThreshold({ atLeast }, threshold) {
    const found = atLeast.find(({ age }) => age === threshold);
    this.#verdict.className = `verdict ${found?.decision ?? ''}`;
    if (found === undefined) {
      this.#verdict.textContent = `This model has no answer for ${threshold} years.`;
      return;
    }
    this.#verdict.replaceChildren(
      `At least ${threshold}: ${percent(found.probability)} `,
      make('b', {}, found.decision),
    );
  }

  /** @param {import('./service.js').Bucket[]} buckets @param {string} best */
  #showBars(buckets, best) {
    const rows = [...this.#bars.children];
    if (rows.length !== buckets.length) {
      this.#bars.replaceChildren(...buckets.map(() => emptyRow()));
      // Forces a layout, so that the transition of new bars starts at length zero.
      this.#bars.getBoundingClientRect();
    }
    buckets.forEach(({ label, probability }, index) => {
      const [name, track, share] = /** @type {HTMLElement[]} */ ([
        ...(this.#bars.children[index]?.children ?? []),
      ]);
      if (!name || !track || !share) return;
      name.textContent = label;
      share.textContent = percent(probability);
      const bar = /** @type {HTMLElement} */ (track.firstElementChild);
      bar.style.width = `${100 * probability}%`;
      this.#bars.children[index]?.classList.toggle('best', label === best);
    });
  }
}

function emptyRow() {
  return make(
    'li',
    {},
    make('span'),
    make('span', { class: 'bar', 'aria-hidden': 'true' }, make('span')),
    make('span', { class: 'share' }),
  );
}

/** @param {HTMLElement} span @param {number} low @param {number} high */
function place({ style }, low, high) {
  style.left = `${Math.min(low, END)}%`;
  style.width = `${Math.min(high, END) - Math.min(low, END)}%`;
}
