const PHOTO_NAME = /\.(?:jpe?g|jpe|jfif|jfi|jif|pjpe?g|pjp|png|webp|gif|tiff?|avif)$/i;

/** Whether a file is a photo in a format that is read, going by its name. */
export function isPhotoName(key: string): boolean {
  return PHOTO_NAME.test(key);
}

/** Formats of photos and drawings that are not read: from phones, Windows, editors, and cameras. */
const UNREAD_FORMATS = new Set(
  [
    'heic heics heif heifs hif avci bmp dib ico cur svg svgz emf wmf pcx tga xcf psd psb ai eps',
    'jp2 j2k j2c jpf jpx jpm jxl jxr wdp hdp jls exr hdr dds ppm pgm pbm pnm pam xbm xpm qoi',
    'raw dng cr2 cr3 crw nef nrw arw srf sr2 orf rw2 rwl raf pef srw x3f 3fr fff iiq kdc dcr',
    'mrw erf mef mos gpr',
  ]
    .join(' ')
    .split(' '),
);

/** The file extension in lowercase if it is that of a photo in a format that is not read. */
export function unreadFormat(key: string): string | undefined {
  const extension = key.slice(key.lastIndexOf('.') + 1).toLowerCase();
  return UNREAD_FORMATS.has(extension) ? extension : undefined;
}

/** Folders and files of operating systems, network drives, and archives, in lowercase. Hidden names begin with a dot. */
const SYSTEM_NAMES = new Set([
  ...['$recycle.bin', 'recycler', 'recycled', 'recycle.bin', '#recycle', '@recycle'],
  ...['system volume information', 'lost+found', 'lost.dir', 'network trash folder'],
  ...['temporary items', '__macosx', '@eadir', '@tmp', '#snapshot', '@recently-snapshot'],
  ...['__pycache__', 'thumbs.db', 'ehthumbs.db', 'desktop.ini'],
]);
const LOST_FILES = /^found\.\d{3}$/;

/** The folders and kinds of files that are not part of a data set. */
const HIDDEN_FILES = '.*';
const APPLE_DOUBLES = '._*';

/**
 * Why a file is not part of a data set: the hidden or system folder that it is in, such as `.Trash-1000`, or the kind of
 * its name, such as `._*`.
 * @returns undefined if it is part of it
 */
export function hiddenKind(key: string): string | undefined {
  const names = key.split('/');
  const at = names.findIndex(isHidden);
  if (at < 0) return undefined;
  const name = names[at]!;
  if (at < names.length - 1 || !name.startsWith('.')) return name;
  return name.startsWith('._') ? APPLE_DOUBLES : HIDDEN_FILES;
}

function isHidden(name: string): boolean {
  if (name.startsWith('.') || name.startsWith('~$')) return true;
  const lowerCase = name.toLowerCase();
  return SYSTEM_NAMES.has(lowerCase) || LOST_FILES.test(lowerCase);
}

/** Files of a data set's location, by what they are. */
export interface FileKinds {
  /** Keys of photos in formats that are read. */
  photos: string[];
  /** Number of hidden and system files, by folder or kind. */
  hidden: Map<string, number>;
  /** Number of photos in formats that are not read, by extension. */
  unreadFormats: Map<string, number>;
}

export function sortFiles(keys: Iterable<string>): FileKinds {
  const kinds: FileKinds = { photos: [], hidden: new Map(), unreadFormats: new Map() };
  const count = (counts: Map<string, number>, name: string) =>
    counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const key of keys) {
    const hidden = hiddenKind(key);
    const format = unreadFormat(key);
    if (hidden !== undefined) count(kinds.hidden, hidden);
    else if (isPhotoName(key)) kinds.photos.push(key);
    else if (format !== undefined) count(kinds.unreadFormats, format);
  }
  return kinds;
}
