import { ServiceError } from '../../../common/errors.ts';
import { isHeicSupported } from '../heic.ts';
import { unreadKind } from './unread-kinds.ts';

/** The raster formats that can be read; HEIC only where its decoder is installed. */
export const imageFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif', 'heic'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** The readable formats, for messages. */
export const readableFormats = 'JPEG, PNG, WebP, GIF, TIFF or AVIF';

/** The bytes that identify a format, and their offset. */
interface Signature {
  at?: number;
  bytes: string;
}

const readable: [ImageFormat, Signature[]][] = [
  ['jpeg', [{ bytes: '\xff\xd8\xff' }]],
  ['png', [{ bytes: '\x89PNG\r\n\x1a\n' }]],
  ['webp', [{ bytes: 'RIFF' }, { at: 8, bytes: 'WEBP' }]],
  ['gif', [{ bytes: 'GIF87a' }]],
  ['gif', [{ bytes: 'GIF89a' }]],
  ['tiff', [{ bytes: 'II*\0' }]],
  ['tiff', [{ bytes: 'MM\0*' }]],
  ['tiff', [{ bytes: 'II+\0' }]],
  ['tiff', [{ bytes: 'MM\0+' }]],
];

/** Formats that people send although they cannot be read; they are refused by name. */
const refused: [string, Signature[]][] = [
  ['JPEG XL', [{ bytes: '\xff\x0a' }]],
  ['JPEG XL', [{ bytes: '\0\0\0\x0cJXL ' }]],
  ['JPEG 2000', [{ bytes: '\0\0\0\x0cjP  ' }]],
  ['JPEG 2000', [{ bytes: '\xff\x4f\xff\x51' }]],
  ['BMP', [{ bytes: 'BM' }, { at: 6, bytes: '\0\0\0\0' }]],
  ['ICO', [{ bytes: '\0\0\x01\0' }]],
  ['Photoshop (PSD)', [{ bytes: '8BPS' }]],
  ['PDF', [{ bytes: '%PDF' }]],
  ['gzip', [{ bytes: '\x1f\x8b' }]],
  ['ZIP', [{ bytes: 'PK\x03\x04' }]],
];

const heifBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs', 'mif1', 'msf1'];

/** How senders avoid HEIC, and how operators make it readable. */
const HEIC_ADVICE =
  'Browsers on iOS convert photos for <input type="file" accept="image/jpeg,image/png">; apps set ' +
  'preferredAssetRepresentationMode of PHPickerConfiguration to .compatible. Operators can install heic-decode next to face-age.';

/**
 * Detects the format from the file's first bytes; its name and declared type are ignored.
 * @throws ServiceError `unsupported_image_format` that names the format, or `image_undecodable` if the file is empty
 */
export function sniffImageFormat(file: Buffer): ImageFormat {
  if (file.length === 0) {
    throw new ServiceError('image_undecodable', 'The image is empty: it has no bytes.');
  }
  const format = find(readable, file) ?? isoPicture(isoBrands(file));
  const unread = format === undefined ? whatItIs(file) : unreadKind(file, format);
  if (format !== undefined && unread === undefined) return format;
  const otherwise =
    format === undefined ? `send ${readableFormats}` : 'send an ordinary JPEG or PNG';
  if (isBase64(file))
    throw new ServiceError(
      'unsupported_image_format',
      'Base64 is not read as a file; send the bytes of the photo, or JSON: {"images": ["<base64>"]}.',
    );
  const advice = format === undefined && isHeic(isoBrands(file)) ? ` ${HEIC_ADVICE}` : '';
  throw new ServiceError('unsupported_image_format', `${unread}; ${otherwise} instead.${advice}`);
}

function isoPicture(brands: readonly string[]): ImageFormat | undefined {
  if (brands.includes('avif') || brands.includes('avis')) return 'avif';
  return isHeic(brands) && isHeicSupported() ? 'heic' : undefined;
}

function isHeic(brands: readonly string[]): boolean {
  return brands.some((brand) => heifBrands.includes(brand));
}

function find<T>(table: [T, Signature[]][], file: Buffer): T | undefined {
  return table.find(([, signatures]) =>
    signatures.every(
      ({ at = 0, bytes }) => file.toString('latin1', at, at + bytes.length) === bytes,
    ),
  )?.[0];
}

/** The major and compatible brands of an ISO base media file (ISO/IEC 14496-12 §4.3); none for other files. */
function isoBrands(file: Buffer): string[] {
  if (file.length < 16 || file.toString('latin1', 4, 8) !== 'ftyp') return [];
  const end = Math.min(file.readUInt32BE(0), file.length, 256);
  const brands = [file.toString('latin1', 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(file.toString('latin1', at, at + 4));
  return brands;
}

/** Whether a file begins with nothing but base64 in either alphabet, plain or as a `data:` URL. */
function isBase64(file: Buffer): boolean {
  const lines = file.toString('latin1', 0, 1024).replace(/^data:[^,]{0,100},/, '');
  return /^[\w+/-]{100,}={0,2}$/.test(lines.replaceAll(/[\r\n]/g, ''));
}

function whatItIs(file: Buffer): string {
  const name = find(refused, file) ?? isoFormat(isoBrands(file)) ?? textFormat(file);
  return name === undefined ? 'The file is no image of a known format' : `${name} is not read`;
}

function isoFormat(brands: string[]): string | undefined {
  if (isHeic(brands)) return 'HEIC/HEIF';
  return brands.length > 0 ? 'MP4, QuickTime or another ISO media file' : undefined;
}

function textFormat(file: Buffer): string | undefined {
  const text = file
    .toString('utf8', 0, 1024)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/<svg[\s>]/i.test(text)) return 'SVG';
  if (/^<(?:!doctype html|html|head|body)/i.test(text)) return 'HTML';
  if (text.startsWith('<?xml')) return 'XML';
  return /^[\s\P{C}]+$/u.test(text.slice(0, 256)) && !text.includes('\ufffd') ? 'Text' : undefined;
}
