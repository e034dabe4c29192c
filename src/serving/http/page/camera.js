import { byId, make } from './elements.js';

/**
 * Takes photos with the camera, which browsers allow only on HTTPS and on localhost.
 * @param {(photos: File[]) => void} onPhotos
 */
export function takeCameraPhotos(onPhotos) {
  const dialog = byId('camera-dialog', HTMLDialogElement);
  const video = byId('video', HTMLVideoElement);
  const fault = byId('camera-fault', HTMLElement);
  const shoot = byId('shoot', HTMLButtonElement);
  /** @type {MediaStream | undefined} */
  let stream;

  byId('camera', HTMLButtonElement).addEventListener('click', () => {
    dialog.showModal();
    fault.textContent = '';
    shoot.disabled = true;
    void openCamera().then(
      (opened) => {
        if (!dialog.open) stop(opened);
        else {
          stream = opened;
          video.srcObject = opened;
        }
      },
      (/** @type {unknown} */ error) => (fault.textContent = explain(error)),
    );
  });
  // The video has no frame to capture before this event.
  video.addEventListener('loadeddata', () => (shoot.disabled = false));
  shoot.addEventListener('click', () => {
    void capture(video).then((photo) => {
      dialog.close();
      onPhotos([photo]);
    });
  });
  byId('camera-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    if (stream !== undefined) stop(stream);
    stream = undefined;
    video.srcObject = null;
  });
}

/** @returns {Promise<MediaStream>} */
async function openCamera() {
  // Undefined on plain HTTP.
  const devices = /** @type {MediaDevices | undefined} */ (navigator.mediaDevices);
  if (devices === undefined) throw new DOMException('', 'SecurityError');
  return devices.getUserMedia({ video: { facingMode: 'user', width: { ideal: 1280 } } });
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {HTMLVideoElement} video @returns {Promise<File>} */
async function capture(video) {
  const canvas = make('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
  return new File(blob === null ? [] : [blob], 'camera.jpg', { type: 'image/jpeg' });
}

/** @param {unknown} error */
function explain(error) {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'The browser does not allow the camera for this page.';
  if (name === 'NotFoundError') return 'There is no camera.';
  if (name === 'SecurityError') return 'Browsers allow the camera only over HTTPS or on localhost.';
  return 'The camera cannot be used; another program may be using it.';
}
