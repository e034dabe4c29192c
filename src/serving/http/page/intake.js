import { byId } from './elements.js';

/**
 * Takes photos from wherever a person brings them: chosen, dropped, pasted.
 * @param {(photos: File[]) => void} onPhotos
 */
export function takePhotos(onPhotos) {
  const files = byId('files', HTMLInputElement);
  files.addEventListener('change', () => {
    onPhotos([...(files.files ?? [])]);
    // So that the same file can be chosen again.
    files.value = '';
  });
  document.addEventListener('paste', (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length > 0) onPhotos(pasted);
  });
  takeDrops(onPhotos);
}

/** Anywhere on the page: a photo dropped beside the field would else replace the page. @param {(photos: File[]) => void} onPhotos */
function takeDrops(onPhotos) {
  const field = byId('drop', HTMLElement);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    field.classList.add('over');
  });
  document.addEventListener('dragleave', () => field.classList.remove('over'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    field.classList.remove('over');
    onPhotos([...(event.dataTransfer?.files ?? [])]);
  });
}
