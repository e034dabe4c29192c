import { make } from './elements.js';

/** @typedef {import('./service.js').Square} Square */

/** The side of the smallest crop that the service accepts, in pixels. */
const SMALLEST = 16;

/**
 * A square over a picture that can be moved and resized by pointer, pinch, wheel and keys.
 * Invariant: it lies within the picture and has integer coordinates.
 */
export class CropBox {
  /** @type {Square} */
  #square;
  #width;
  #height;
  #element;
  #handle;
  #onChange;
  /** @type {Map<number, { x: number, y: number }>} */
  #pointers = new Map();
  /** @type {'move' | 'resize'} */
  #grip = 'move';

  /**
   * @param {HTMLElement} stage contains the picture and has its size
   * @param {{ width: number, height: number }} picture in its own pixels
   * @param {(square: Square) => void} onChange
   */
  constructor(stage, { width, height }, onChange) {
    this.#width = width;
    this.#height = height;
    this.#onChange = onChange;
    this.#square = this.#whole();
    this.#handle = make('span', { class: 'handle', 'aria-hidden': 'true' });
    this.#element = make(
      'div',
      { class: 'crop', tabindex: '0', role: 'group', 'aria-roledescription': 'crop square' },
      this.#handle,
    );
    stage.append(this.#element);
    this.#listen();
    this.#draw();
  }

  /** Undefined if it is the largest square in the middle, which is the default of the service. */
  get square() {
    const { left, top, side } = this.#whole();
    const own = this.#square;
    return own.left === left && own.top === top && own.side === side ? undefined : own;
  }

  get largest() {
    return Math.min(this.#width, this.#height);
  }

  get smallest() {
    return Math.min(SMALLEST, this.largest);
  }

  get side() {
    return this.#square.side;
  }

  /** @param {boolean} isHidden */
  set hidden(isHidden) {
    this.#element.hidden = isHidden;
  }

  /** Keeps the center. @param {number} side */
  resize(side) {
    const { left, top, side: before } = this.#square;
    const shift = (before - side) / 2;
    this.#set({ left: left + shift, top: top + shift, side });
  }

  reset() {
    this.#set(this.#whole());
  }

  #whole() {
    const side = Math.min(this.#width, this.#height);
    return {
      left: Math.floor((this.#width - side) / 2),
      top: Math.floor((this.#height - side) / 2),
      side,
    };
  }

  /** @param {Square} wanted */
  #set(wanted) {
    const side = Math.round(Math.min(Math.max(wanted.side, this.smallest), this.largest));
    const within = (/** @type {number} */ at, /** @type {number} */ end) =>
      Math.round(Math.min(Math.max(at, 0), end - side));
    const square = {
      left: within(wanted.left, this.#width),
      top: within(wanted.top, this.#height),
      side,
    };
    const { left, top, side: before } = this.#square;
    if (square.left === left && square.top === top && square.side === before) return;
    this.#square = square;
    this.#draw();
    this.#onChange(square);
  }

  #draw() {
    const { left, top, side } = this.#square;
    const { style } = this.#element;
    style.left = `${(100 * left) / this.#width}%`;
    style.top = `${(100 * top) / this.#height}%`;
    style.width = `${(100 * side) / this.#width}%`;
    style.height = `${(100 * side) / this.#height}%`;
    this.#element.setAttribute(
      'aria-label',
      `Crop of ${side} pixels, ${left} from the left, ${top} from the top. Arrow keys move it, plus and minus resize it.`,
    );
  }

  #listen() {
    const box = this.#element;
    box.addEventListener('keydown', (event) => this.#onKey(event));
    box.addEventListener('pointerdown', (event) => this.#onDown(event));
    box.addEventListener('pointermove', (event) => this.#onMove(event));
    for (const end of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      box.addEventListener(end, (event) => this.#pointers.delete(event.pointerId));
    }
    box.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { left, top, side } = this.#square;
    const step = Math.max(1, Math.round(this.largest * (event.shiftKey ? 0.1 : 0.02)));
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.#set({ left: left - step, top, side }),
      ArrowRight: () => this.#set({ left: left + step, top, side }),
      ArrowUp: () => this.#set({ left, top: top - step, side }),
      ArrowDown: () => this.#set({ left, top: top + step, side }),
      '+': () => this.resize(side + 2 * step),
      '=': () => this.resize(side + 2 * step),
      '-': () => this.resize(side - 2 * step),
      Home: () => this.reset(),
    };
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    this.#element.setPointerCapture(event.pointerId);
    this.#grip = event.target === this.#handle ? 'resize' : 'move';
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const scale = this.#width / (this.#element.parentElement?.clientWidth ?? this.#width);
    const [dx, dy] = [(now.x - before.x) * scale, (now.y - before.y) * scale];
    const { left, top, side } = this.#square;
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) this.resize((side * distance(now, other)) / distance(before, other));
    else if (this.#grip === 'resize') {
      const room = Math.min(this.#width - left, this.#height - top);
      this.#set({ left, top, side: Math.min(room, side + Math.max(dx, dy)) });
    } else this.#set({ left: left + dx, top: top + dy, side });
    this.#pointers.set(event.pointerId, now);
  }

  /** Resizes only while the square has the focus; otherwise the page scrolls. @param {WheelEvent} event */
  #onWheel(event) {
    if (document.activeElement !== this.#element) return;
    event.preventDefault();
    this.resize(this.#square.side * Math.exp(event.deltaY / 500));
  }
}

/**
 * @param {{ x: number, y: number }} a
 * @param {{ x: number, y: number }} b
 */
function distance(a, b) {
  return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
}
