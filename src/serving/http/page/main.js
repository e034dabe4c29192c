import { takeCameraPhotos } from './camera.js';
import { announce, byId } from './elements.js';
import { takePhotos } from './intake.js';
import { showLicense } from './license-note.js';
import { PhotoCard } from './photo-card.js';

/** How long typing must pause before a request is sent. */
const PAUSE_MS = 400;

const list = byId('photos', HTMLUListElement);
const threshold = byId('threshold', HTMLInputElement);
const buckets = byId('buckets', HTMLInputElement);
const bucketsFault = byId('buckets-fault', HTMLElement);
const key = byId('key', HTMLInputElement);
const keyField = byId('key-field', HTMLElement);

/** @type {Set<PhotoCard>} */
const cards = new Set();

const questions = () => ({
  threshold: Number(threshold.value),
  buckets: buckets.value.replaceAll(/\s/g, ''),
  key: key.value,
});

/** @param {import('./service.js').Answer} answer */
function onAnswer({ model: { name, version } }) {
  void showLicense(key.value, `${name} ${version}`);
}

/** @param {import('./service.js').ServiceFault} fault */
function onFault({ code, message }) {
  if (code === 'unauthorized' || code === 'forbidden') keyField.hidden = false;
  if (code === 'invalid_query' && message.includes('buckets:')) bucketsFault.textContent = message;
}

/** @param {File[]} photos */
function add(photos) {
  if (photos.length === 0) return;
  announce(photos.length === 1 ? 'One photo added' : `${photos.length} photos added`);
  for (const photo of photos.toReversed()) {
    const page = { questions, onAnswer, onFault, onGone: () => cards.delete(card) };
    const card = new PhotoCard(photo, page, photo === photos[0]);
    cards.add(card);
    list.prepend(card.element);
  }
}

function askAgain() {
  bucketsFault.textContent = '';
  for (const card of cards) void card.ask();
}

/** @param {HTMLInputElement} input */
function askAfterPause(input) {
  let timer = 0;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(askAgain, PAUSE_MS);
  });
}

void showLicense(key.value).then((needsKey) => (keyField.hidden &&= !needsKey));
takePhotos(add);
takeCameraPhotos(add);
askAfterPause(buckets);
askAfterPause(key);
threshold.addEventListener('input', () => {
  byId('threshold-value', HTMLOutputElement).textContent = threshold.value;
  for (const card of cards) card.showThreshold();
});
