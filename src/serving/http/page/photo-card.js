import { AnswerView } from './answer-view.js';
import { CropBox } from './crop-box.js';
import { announce, make } from './elements.js';
import { ask, queryOf, ServiceFault } from './service.js';
import { takeTurns } from './turns.js';

/**
 * @typedef {import('./service.js').Settings & { threshold: number }} Questions
 * @typedef {{ questions: () => Questions, onFault: (fault: ServiceFault) => void, onGone: () => void }} Page
 */

/** How long the crop must stay unchanged before a request is sent. */
const PAUSE_MS = 250;
const TURNS = takeTurns(3);

/** One photo with its picture, its crop, and its answer or error. */
export class PhotoCard {
  element = make('li', { class: 'photo' });
  #photo;
  #page;
  #view = new AnswerView();
  #fault = make('p', { class: 'fault', role: 'alert' });
  #curl = make('code');
  /** @type {CropBox | undefined} */
  #crop;
  /** @type {import('./service.js').Answer | undefined} */
  #answer;
  #asking = new AbortController();
  #pauseTimer = 0;
  #source;

  /** @param {File} photo @param {Page} page */
  constructor(photo, page) {
    this.#photo = photo;
    this.#page = page;
    this.#source = URL.createObjectURL(photo);
    this.#view.element.hidden = true;
    const title = make('h3', {}, make('span', {}, photo.name || 'Photo'), this.#removeButton());
    const picture = make('div', { class: 'picture' });
    const result = make('div', {}, this.#fault, this.#view.element, this.#curlPart());
    this.element.append(title, picture, result);
    this.#showPicture(picture);
    void this.ask();
  }

  /** Sends the photo with its current crop and aborts an earlier request that is still pending. */
  async ask() {
    this.#asking.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#view.element.classList.add('busy');
    this.showCurl();
    try {
      const { signal } = asking;
      const answer = await TURNS(() =>
        ask(this.#photo, this.#crop?.square, this.#page.questions(), signal),
      );
      if (!signal.aborted) this.#show(answer);
    } catch (error) {
      if (!asking.signal.aborted) this.#fail(error);
    }
  }

  showThreshold() {
    this.showCurl();
    if (this.#answer === undefined) return;
    this.#view.showThreshold(this.#answer.prediction, this.#page.questions().threshold);
  }

  showCurl() {
    const questions = this.#page.questions();
    const url = new URL('v1/predict', document.baseURI);
    const query = queryOf(this.#crop?.square, questions, String(questions.threshold));
    const name = this.#photo.name || 'photo.jpg';
    const key = questions.key === '' ? '' : " -H 'X-API-Key: …'";
    this.#curl.textContent = `curl${key} -F ${quote(`image=@${name}`)} ${quote(`${url.href}${query}`)}`;
  }

  /** @param {import('./service.js').Answer} answer */
  #show(answer) {
    this.#answer = answer;
    this.#fault.textContent = '';
    this.#view.element.hidden = false;
    this.#view.element.classList.remove('busy');
    this.#view.show(answer, this.#page.questions().threshold);
    const { mean } = answer.prediction.age;
    announce(`${this.#photo.name || 'Photo'}: ${Math.round(mean)} years`);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#view.element.hidden = true;
    this.#answer = undefined;
    this.#fault.textContent =
      error instanceof ServiceFault
        ? error.message
        : 'An error occurred in this page. Please reload it.';
    if (error instanceof ServiceFault) this.#page.onFault(error);
  }

  /** A photo that the browser cannot show is still sent. @param {HTMLElement} picture */
  #showPicture(picture) {
    const image = make('img', { alt: `Your photo ${this.#photo.name}`, src: this.#source });
    const stage = make('div', { class: 'stage' }, image);
    picture.append(stage);
    image.addEventListener('load', () => {
      const { naturalWidth: width, naturalHeight: height } = image;
      const crop = new CropBox(stage, { width, height }, () => {
        zoom.value = String(crop.side);
        this.#askAfterPause();
      });
      this.#crop = crop;
      const zoom = zoomOf(crop);
      const label = make('label', { class: 'zoom' }, 'Crop size', zoom);
      picture.append(label);
    });
    image.addEventListener('error', () => {
      stage.replaceWith(make('p', { class: 'hint' }, 'The browser cannot show this file.'));
    });
  }

  #askAfterPause() {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => void this.ask(), PAUSE_MS);
  }

  #removeButton() {
    const button = make('button', { type: 'button' }, 'Remove');
    button.setAttribute('aria-label', `Remove ${this.#photo.name || 'photo'}`);
    button.addEventListener('click', () => {
      this.#asking.abort();
      clearTimeout(this.#pauseTimer);
      URL.revokeObjectURL(this.#source);
      this.element.remove();
      this.#page.onGone();
    });
    return button;
  }

  #curlPart() {
    const pre = make('pre', { tabindex: '0', 'aria-label': 'Command' }, this.#curl);
    return make('details', {}, make('summary', {}, 'The same with curl'), pre);
  }
}

/** @param {CropBox} crop */
function zoomOf(crop) {
  const zoom = make('input', {
    type: 'range',
    min: String(crop.smallest),
    max: String(crop.largest),
    value: String(crop.side),
  });
  zoom.addEventListener('input', () => crop.resize(Number(zoom.value)));
  return zoom;
}

/** Quotes a shell argument. @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
