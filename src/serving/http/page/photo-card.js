import { AnswerView, summaryOf } from './answer-view.js';
import { announce, bringIntoViewOnPhone, make } from './elements.js';
import { linkBoxesAndCards } from './face-boxes.js';
import { Picture } from './picture.js';
import { ask, EVERY_AGE, queryOf, ServiceFault } from './service.js';
import { takeTurns } from './turns.js';

/**
 * @typedef {import('./service.js').Settings} Questions
 * @typedef {{
 *   questions: () => Questions, onGone: () => void,
 *   onAnswer: (answer: import('./service.js').Answer) => void, onFault: (fault: ServiceFault) => void,
 * }} Page
 */

/** How long the crop or the threshold must stay unchanged before a request is sent. */
const PAUSE_MS = 250;
const TURNS = takeTurns(3);

/** One photo with its picture, and its answer or error. */
export class PhotoCard {
  element = make('li', { class: 'photo' });
  #photo;
  #page;
  #isNewest;
  #view = new AnswerView();
  #fault = make('p', { class: 'fault', role: 'alert' });
  #result;
  #curl = make('code');
  #picture;
  /** @type {import('./service.js').Answer | undefined} */
  #answer;
  #asking = new AbortController();
  #pauseTimer = 0;
  #source;

  /** @param {File} photo @param {Page} page @param {boolean} isNewest whether its answer comes into view */
  constructor(photo, page, isNewest) {
    this.#photo = photo;
    this.#page = page;
    this.#isNewest = isNewest;
    this.#source = URL.createObjectURL(photo);
    this.#picture = new Picture(photo.name, this.#source, {
      onMark: () => void this.ask(),
      onMove: () => this.#askAfterPause(),
    });
    const title = make('h3', {}, make('span', {}, photo.name || 'Photo'), this.#removeButton());
    this.#result = make('div', {}, this.#fault, this.#view.element, this.#curlPart());
    this.element.append(title, this.#picture.element, this.#result);
    linkBoxesAndCards(this.element);
    void this.ask();
  }

  /** Sends the photo with its current crop and aborts an earlier request that is still pending. */
  async ask() {
    this.#asking.abort();
    clearTimeout(this.#pauseTimer);
    const asking = new AbortController();
    this.#asking = asking;
    this.#view.fade();
    this.#showCurl();
    try {
      const { signal } = asking;
      const answer = await TURNS(() =>
        ask(this.#photo, this.#picture.wanted, this.#page.questions(), signal),
      );
      if (!signal.aborted) this.#show(answer);
    } catch (error) {
      if (!asking.signal.aborted) this.#fail(error);
    }
  }

  showThreshold() {
    this.#showCurl();
    const { threshold } = this.#page.questions();
    const answer = this.#answer;
    if (answer === undefined) return;
    this.#view.showThreshold(answer, threshold);
    if (answer.ages !== '' && answer.ages !== EVERY_AGE) this.#askAfterPause();
  }

  #showCurl() {
    const questions = this.#page.questions();
    const url = new URL('v1/predict', document.baseURI);
    const query = queryOf(this.#picture.wanted, questions, String(questions.threshold));
    const name = this.#photo.name || 'photo.jpg';
    const key = questions.key === '' ? '' : " -H 'X-API-Key: …'";
    this.#curl.textContent = `curl${key} -F ${quote(`image=@${name}`)} ${quote(`${url.href}${query}`)}`;
  }

  /** @param {import('./service.js').Answer} answer */
  #show(answer) {
    this.#answer = answer;
    this.#fault.textContent = '';
    if (!answer.findsFaces) this.#picture.requireMark();
    this.#picture.boxes.show(answer.faces);
    this.#view.show(answer, this.#page.questions().threshold);
    this.#showCurl();
    this.#page.onAnswer(answer);
    announce(`${this.#photo.name || 'Photo'}: ${summaryOf(answer)}`);
    void this.#comeIntoView();
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#view.hide();
    this.#picture.boxes.show([]);
    this.#answer = undefined;
    this.#fault.textContent =
      error instanceof ServiceFault
        ? error.message
        : 'An error occurred in this page. Please reload it.';
    if (error instanceof ServiceFault) this.#page.onFault(error);
    void this.#comeIntoView();
  }

  /** Only for the first answer: later ones change what the user is looking at already. */
  async #comeIntoView() {
    if (!this.#isNewest) return;
    this.#isNewest = false;
    // The picture moves the answer down when it has its size.
    await this.#picture.settled;
    bringIntoViewOnPhone(this.element, this.#result);
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

/** Quotes a shell argument. @param {string} text */
function quote(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
