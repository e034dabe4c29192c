import { byId } from './elements.js';

/**
 * Takes photos that are chosen, dropped or pasted.
 * @param {(photos: File[]) => void} onPhotos
 */
export function takePhotos(onPhotos) {
  const files = byId('files', HTMLInputElement);
  files.addEventListener('change', () => {
    onPhotos([...(files.files ?? [])]);
    // Otherwise choosing the same file again would fire no event.
    files.value = '';
  });
  document.addEventListener('paste', (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length > 0) onPhotos(pasted);
  });
  takeDrops(onPhotos);
}

/** Accepts drops anywhere: the browser would replace the page with a photo dropped outside the field. @param {(photos: File[]) => void} onPhotos */
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
