import { LabelsError } from '../labeled-file.ts';

/** A table's text and the encoding that it was read as. */
export interface TableText {
  text: string;
  encoding: 'UTF-8' | 'UTF-16' | 'Windows-1252';
}

/** A million rows take about 60 MB. */
const MAX_BYTES = 256 * 1024 * 1024;

/** So many bytes show whether text without a byte-order mark is UTF-16. */
const SAMPLE_BYTES = 2000;

/** The characters of Windows-1252 from 0x80 to 0x9F; elsewhere the code is the code point. Five codes are unassigned. */
const FROM_0X80 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * Decodes a table as spreadsheets and scripts write it: UTF-8 or UTF-16 with or without a byte-order mark, or else
 * Windows-1252, of which ISO 8859-1 is a part.
 * @param name for messages
 * @throws LabelsError if it is not text
 */
export function decodeTable(name: string, bytes: Uint8Array): TableText {
  if (bytes.length > MAX_BYTES)
    throw new LabelsError(`${name} has more than ${MAX_BYTES / 2 ** 20} MB; split the data set`);
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04) || startsWith(bytes, 0xd0, 0xcf, 0x11, 0xe0))
    throw new LabelsError(`${name} is a workbook and not text; save it as “CSV UTF-8”`);
  const decoded = decode(bytes);
  if (decoded.text.includes('\0'))
    throw new LabelsError(`${name} is not text in UTF-8, UTF-16 or Windows-1252`);
  return decoded;
}

function decode(bytes: Uint8Array): TableText {
  const byteOrder = utf16Order(bytes);
  if (byteOrder !== undefined)
    return { text: new TextDecoder(byteOrder).decode(bytes), encoding: 'UTF-16' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, encoding: 'UTF-8' };
  } catch {
    return { text: fromWindows1252(bytes), encoding: 'Windows-1252' };
  }
}

/** By the byte-order mark, or else by the zeros that UTF-16 has in every second byte of Western text. */
function utf16Order(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (startsWith(bytes, 0xff, 0xfe)) return 'utf-16le';
  if (startsWith(bytes, 0xfe, 0xff)) return 'utf-16be';
  const zeros = [0, 0];
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2]!++;
  const [even, odd] = zeros as [number, number];
  const enough = sample.length / 4;
  if (odd > enough && even === 0) return 'utf-16le';
  if (even > enough && odd === 0) return 'utf-16be';
  return undefined;
}

/** Node's own decoder takes Windows-1252 for ISO 8859-1 in some versions. */
function fromWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[\x80-\x9f]/g, (character) => FROM_0X80[character.charCodeAt(0) - 0x80]!);
}

function startsWith(bytes: Uint8Array, ...start: number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
