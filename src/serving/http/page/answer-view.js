import { make } from './elements.js';
import { FaceView, yearsOf } from './face-view.js';

/** @typedef {import('./service.js').Answer} Answer */

/** Shows the latest answer for a photo: one card for each face, or that there is none. */
export class AnswerView {
  element = make('div', { class: 'answers' });
  /** @type {FaceView[]} */
  #views = [];
  #cards = make('div', { class: 'faces' });
  #none = make(
    'div',
    { class: 'none' },
    make('p', {}, make('b', {}, 'No face was found in this photo.')),
    make('p', { class: 'hint' }, 'If it shows one, mark the face yourself, or use another photo.'),
  );
  #meta = make('p', { class: 'meta' });

  constructor() {
    this.element.append(this.#cards, this.#meta);
    this.hide();
  }

  hide() {
    this.element.hidden = true;
  }

  /** Until the next answer, the one that is shown is out of date. */
  fade() {
    this.element.classList.add('busy');
  }

  /** @param {Answer} answer @param {number} threshold */
  show({ faces, model, ms }, threshold) {
    this.element.hidden = false;
    this.element.classList.remove('busy');
    if (this.#views.length !== faces.length) {
      this.#views = faces.map(() => new FaceView());
      this.#cards.replaceChildren(...this.#views.map(({ element }) => element));
    }
    if (faces.length === 0) this.#cards.replaceChildren(this.#none);
    faces.forEach((face, index) => this.#views[index]?.show(face, index + 1, threshold));
    const { name, version, engine, device, precision } = model;
    const by = [`${name} version ${version}`, engine, device, precision].filter(Boolean).join(', ');
    this.#meta.textContent = `${by}; answered in ${Math.round(ms)} ms`;
  }

  /** @param {Answer} answer @param {number} threshold */
  showThreshold({ faces }, threshold) {
    faces.forEach((face, index) => this.#views[index]?.showThreshold(face, threshold));
  }
}

/** An answer in one sentence, for screen readers. @param {Answer} answer */
export function summaryOf({ faces }) {
  const [first] = faces;
  if (first === undefined) return 'No face was found';
  const ages = faces.map((face) => `${yearsOf(face)} years`).join(', ');
  return faces.length === 1 ? ages : `${faces.length} faces: ${ages}`;
}
