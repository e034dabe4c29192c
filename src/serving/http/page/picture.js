import { CropBox } from './crop-box.js';
import { make } from './elements.js';
import { FaceBoxes } from './face-boxes.js';

/** @typedef {{ onMark: () => void, onMove: () => void }} Listeners */

const FINDS_NONE = 'This version of the model cannot find faces. ';
const FRAME =
  'Move the square so that the face fills it from forehead to chin and from ear to ear.';

/** A photo with the boxes of its faces, or with a square that the user places over a face. */
export class Picture {
  element = make('div', { class: 'picture' });
  boxes = new FaceBoxes();
  /** @type {Promise<unknown>} Resolves when the photo is shown or the browser cannot show it. */
  settled;
  #listeners;
  #image;
  #stage;
  #hint = make('p', { class: 'hint', hidden: '' });
  #toggle = make('button', { type: 'button', hidden: '' });
  /** @type {{ crop: CropBox, zoom: HTMLElement } | undefined} */
  #tools;
  #isMarked = false;
  #mustBeMarked = false;

  /** @param {string} name of the photo @param {string} source its address @param {Listeners} listeners */
  constructor(name, source, listeners) {
    this.#listeners = listeners;
    this.#image = make('img', { alt: `Your photo ${name}` });
    this.#stage = make('div', { class: 'stage' }, this.#image, this.boxes.element);
    this.element.append(this.#stage, this.#hint, this.#toggle);
    this.#toggle.addEventListener('click', () => {
      this.#setMarked(!this.#isMarked);
      listeners.onMark();
    });
    this.settled = this.#load(source);
    this.#draw();
  }

  /** What a request asks about: all faces, or the one that the user marks. @returns {import('./service.js').Wanted} */
  get wanted() {
    if (!this.#isMarked) return { faces: 'all' };
    const square = this.#tools?.crop.square;
    return { faces: 'none', ...(square === undefined ? {} : { square }) };
  }

  /** From now on the user marks the face, as the version of the model finds none, and the page says so. */
  requireMark() {
    this.#mustBeMarked = true;
    this.#setMarked(true);
  }

  /** @param {string} source */
  #load(source) {
    const image = this.#image;
    /** @type {Promise<void>} */
    const settled = new Promise((resolve) => {
      image.addEventListener('load', () => {
        this.boxes.setSize({ width: image.naturalWidth, height: image.naturalHeight });
        this.#draw();
        resolve();
      });
      image.addEventListener('error', () => {
        this.#stage.replaceWith(make('p', { class: 'hint' }, 'The browser cannot show this file.'));
        resolve();
      });
    });
    image.src = source;
    return settled;
  }

  /** @param {boolean} isMarked */
  #setMarked(isMarked) {
    this.#isMarked = isMarked;
    this.boxes.show([]);
    this.#draw();
  }

  #draw() {
    const isMarked = this.#isMarked;
    const isShown = this.#image.naturalWidth > 0;
    this.#toggle.textContent = isMarked ? 'Find the faces again' : 'Mark the face yourself';
    this.#toggle.hidden = !isShown || this.#mustBeMarked;
    this.#hint.textContent = `${this.#mustBeMarked ? FINDS_NONE : ''}${isShown ? FRAME : ''}`;
    this.#hint.hidden = !isMarked;
    if (isMarked && isShown) this.#tools ??= this.#makeTools();
    if (this.#tools === undefined) return;
    this.#tools.crop.hidden = !isMarked;
    this.#tools.zoom.hidden = !isMarked;
  }

  #makeTools() {
    const { naturalWidth: width, naturalHeight: height } = this.#image;
    const crop = new CropBox(this.#stage, { width, height }, () => {
      slider.value = String(crop.side);
      this.#listeners.onMove();
    });
    const slider = sliderOf(crop);
    const zoom = make('label', { class: 'zoom' }, 'Crop size', slider);
    this.#stage.after(zoom);
    return { crop, zoom };
  }
}

/** @param {CropBox} crop */
function sliderOf(crop) {
  const slider = make('input', {
    type: 'range',
    min: String(crop.smallest),
    max: String(crop.largest),
    value: String(crop.side),
  });
  slider.addEventListener('input', () => crop.resize(Number(slider.value)));
  return slider;
}
