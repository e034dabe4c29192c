/**
 * Makes an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children strings become text nodes and are never parsed as HTML
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Finds an element that the page must have.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${id}`);
}

/** Announces a message to screen readers. @param {string} message */
export function announce(message) {
  byId('status', HTMLElement).textContent = message;
}

/** The first lines of an answer: the age, the interval and the decision. */
const FIRST_LINES = 180;

/**
 * On a phone, where the answer for a photo is below it, scrolls to the photo if it leaves room for the first lines of the
 * answer, and to the answer otherwise.
 * @param {HTMLElement} photo contains the answer
 * @param {HTMLElement} answer
 */
export function bringIntoViewOnPhone(photo, answer) {
  if (!matchMedia('(max-width: 40rem), (max-height: 30rem)').matches) return;
  const before = answer.getBoundingClientRect().top - photo.getBoundingClientRect().top;
  const target = before + FIRST_LINES <= innerHeight ? photo : answer;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  target.scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' });
}
