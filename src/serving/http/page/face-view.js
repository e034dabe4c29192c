import { make } from './elements.js';
import { WarningList } from './warning-list.js';

/** @typedef {import('./service.js').Face} Face */

/** The oldest age on the scale. */
const END = 100;

const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(1)} %`;

/** The age in completed years. @param {Face} face */
export const yearsOf = ({ age }) => Math.floor(age.median);

/** Shows the answer for one face. A later answer animates the bars to their new lengths. */
export class FaceView {
  element = make('div', { class: 'answer', role: 'group' });
  #title = make('h4');
  #age = make('p', { class: 'age' });
  #span = make('span', { class: 'span' });
  #median = make('span', { class: 'median' });
  #bars = make('ol', { class: 'bars', 'aria-label': 'Probability of each age bucket' });
  #verdict = make('p', { class: 'verdict' });
  #warnings = new WarningList();

  constructor() {
    const scale = make('div', { class: 'scale', 'aria-hidden': 'true' }, this.#span, this.#median);
    const warnings = this.#warnings.element;
    this.element.append(this.#title, this.#age, scale, this.#verdict, warnings, this.#bars);
  }

  /**
   * @param {Face} face
   * @param {number} number of the face and its box, from 1
   * @param {number} threshold
   */
  show(face, number, threshold) {
    const { level, low, high } = face.age.interval;
    this.#showNumber(face, number);
    this.#age.replaceChildren(
      `${yearsOf(face)} years `,
      make(
        'small',
        {},
        `with ${Math.round(100 * level)} % probability from ${Math.floor(low)} to ${Math.floor(high)}`,
      ),
    );
    place(this.#span, low, high);
    this.#median.style.left = `${Math.min(face.age.median, END)}%`;
    this.#showBars(face.buckets, face.bucket.label);
    this.showThreshold(face, threshold);
    this.#warnings.show(face.warningDetails);
  }

  /** @param {Face} face @param {number} threshold */
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

  /** Only a face that was found has a box, and so a number, and can be selected. @param {Face} face @param {number} number */
  #showNumber({ face }, number) {
    const { element } = this;
    this.#title.hidden = face === undefined;
    this.#title.textContent = `Face ${number}`;
    element.setAttribute('aria-label', face === undefined ? 'Answer' : `Face ${number}`);
    if (face === undefined) {
      element.removeAttribute('tabindex');
      delete element.dataset.face;
    } else {
      element.tabIndex = 0;
      element.dataset.face = String(number);
    }
  }

  /** @param {import('./service.js').Bucket[]} buckets @param {string} best */
  #showBars(buckets, best) {
    if (this.#bars.childElementCount !== buckets.length) {
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
