import { make } from './elements.js';
import { yearsOf } from './face-view.js';

/**
 * @typedef {import('./service.js').Face} Face
 * @typedef {import('./service.js').Box} Box
 * @typedef {{ width: number, height: number }} Size
 */

/** The share of a picture's height that a number above a box needs. */
const ROOM = 0.12;

/**
 * Numbered boxes over a picture, one for each face that was found. Each is a button that selects the card of its face. Later
 * boxes, which are of smaller faces, lie over earlier ones.
 */
export class FaceBoxes {
  element = make('div', { class: 'boxes' });
  /** @type {Face[]} */
  #faces = [];
  /** @type {Size | undefined} */
  #size;

  /** Boxes are drawn when the picture is known. @param {Size} size of the picture in its own pixels */
  setSize(size) {
    this.#size = size;
    this.#draw();
  }

  /** @param {Face[]} faces */
  show(faces) {
    this.#faces = faces;
    this.#draw();
  }

  #draw() {
    const size = this.#size;
    if (size === undefined) return;
    const boxes = this.#faces.flatMap((face, index) =>
      face.face === undefined ? [] : [buttonOf(face, visiblePart(face.face.box, size), index + 1)],
    );
    this.element.replaceChildren(...boxes);
  }
}

/** @param {Face} face @param {Box} box in shares of the picture @param {number} number */
function buttonOf(face, box, number) {
  // Above the box, where it hides nothing, unless the picture ends there.
  const place = box.y < ROOM ? 'inside' : 'above';
  const label = make('span', { class: place }, String(number));
  const button = make('button', { type: 'button', class: 'face-box' }, label);
  button.setAttribute('aria-label', `Face ${number}, ${yearsOf(face)} years`);
  button.dataset.face = String(number);
  button.style.left = `${100 * box.x}%`;
  button.style.top = `${100 * box.y}%`;
  button.style.width = `${100 * box.width}%`;
  button.style.height = `${100 * box.height}%`;
  return button;
}

/**
 * The part of a box that lies within the picture, in shares of its width and height.
 * @param {Box} box
 * @param {Size} size
 * @returns {Box}
 */
function visiblePart(box, size) {
  const within = (/** @type {number} */ share) => Math.min(Math.max(share, 0), 1);
  const [left, right] = [within(box.x / size.width), within((box.x + box.width) / size.width)];
  const [top, bottom] = [within(box.y / size.height), within((box.y + box.height) / size.height)];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * Highlights both the box and the card of the face that has the pointer or the focus, and moves the focus from a box that is
 * pressed to its card. Both have the number of the face in `data-face`.
 * @param {HTMLElement} element contains boxes and cards
 */
export function linkBoxesAndCards(element) {
  const update = () => {
    /** @type {HTMLElement[]} */
    const parts = [...element.querySelectorAll('[data-face]')].filter(
      (part) => part instanceof HTMLElement,
    );
    const selected = new Set(
      parts
        .filter((part) => part.matches(':hover, :focus-within'))
        .map(({ dataset }) => dataset.face),
    );
    for (const part of parts) part.classList.toggle('selected', selected.has(part.dataset.face));
  };
  for (const type of ['pointerover', 'pointerout', 'pointerleave', 'focusin', 'focusout']) {
    element.addEventListener(type, update);
  }
  element.addEventListener('click', ({ target }) => {
    const box = target instanceof Element ? target.closest('.face-box') : null;
    if (!(box instanceof HTMLElement)) return;
    const card = element.querySelector(`.answer[data-face="${box.dataset.face}"]`);
    if (card instanceof HTMLElement) card.focus();
  });
}
