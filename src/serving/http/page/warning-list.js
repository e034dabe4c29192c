import { make } from './elements.js';

/** @typedef {import('./service.js').Warning} Warning */

/** @type {Record<string, string>} */
const texts = {
  several_faces:
    'The photo shows another face of about the same size. Check that this answer is about the right person.',
  small_face: 'The face is small in this photo. Use a larger photo, or one taken from closer up.',
  turned_away: 'The face is turned away from the camera.',
  blurred: 'The face is blurred.',
  low_contrast: 'The face has little contrast. Use a photo with better light.',
  cut_off: 'A part of the face lies outside the photo.',
  unlikely_face: 'This may not be a face.',
  ambiguous: 'Ages that are far apart are about equally probable.',
  tiny: 'The square has fewer pixels than the input of the model.',
  far_from_square: 'The photo is far from square, and much of it was cut off.',
};

/** The reasons to doubt an answer, with the severe ones first. */
export class WarningList {
  element = make('ul', { class: 'warnings', 'aria-label': 'Warnings' });

  /** @param {Warning[]} warnings */
  show(warnings) {
    const severe = warnings.filter(({ severity }) => severity === 'severe');
    const minor = warnings.filter(({ severity }) => severity !== 'severe');
    this.element.replaceChildren(...[...severe, ...minor].map((warning) => itemOf(warning)));
    this.element.hidden = warnings.length === 0;
  }
}

/** @param {Warning} warning */
function itemOf({ code, severity }) {
  // The code of a warning that is newer than this page is better than nothing.
  const text = texts[code] ?? code;
  if (severity !== 'severe') return make('li', {}, text);
  return make('li', { class: 'severe' }, text, ' Therefore every decision is uncertain.');
}
