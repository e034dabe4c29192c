import { DamagedHeaderError } from './damaged-header.ts';

/** Bytes of a value by its type (TIFF 6.0 §2, BigTIFF). */
const typeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const BIG_TIFF = 43;
/** Libraries read every directory to count the pages. Photos have one or two, scanned books hundreds. */
const MAX_DIRECTORIES = 1000;
const MAX_ENTRIES = 20_000;

/** The tags of a directory that say how its picture is coded; each with its first values. */
export type TiffTags = ReadonlyMap<number, readonly number[]>;

export interface TiffDirectories {
  first: TiffTags;
  /** Bytes of all values of all directories that do not stand in the entries themselves; libraries may read each. */
  valueBytes: number;
}

/** Values beyond these say nothing about the cost. */
const VALUES_READ = 8;

/** Reads numbers of a TIFF in its byte order, classic or big. */
class TiffReader {
  readonly isBig: boolean;
  readonly #file: Buffer;
  readonly #little: boolean;

  constructor(file: Buffer) {
    this.#file = file;
    this.#little = file.toString('latin1', 0, 2) === 'II';
    this.isBig = this.u16(2) === BIG_TIFF;
  }

  u16(at: number): number {
    return this.#little ? this.#file.readUInt16LE(at) : this.#file.readUInt16BE(at);
  }

  u32(at: number): number {
    return this.#little ? this.#file.readUInt32LE(at) : this.#file.readUInt32BE(at);
  }

  u64(at: number): number {
    const [low, high] = this.#little ? [at, at + 4] : [at + 4, at];
    return this.u32(high) * 2 ** 32 + this.u32(low);
  }

  /** An offset or a count, whose width depends on the kind of file. */
  word(at: number): number {
    return this.isBig ? this.u64(at) : this.u32(at);
  }

  /** An unsigned value of a type; 0 for types that are not whole numbers. */
  value(type: number, at: number): number {
    const bytes = typeBytes[type] ?? 0;
    if (bytes === 1) return this.#file.readUInt8(at);
    if (bytes === 2) return this.u16(at);
    if (bytes === 4 && type !== 11) return this.u32(at);
    return bytes === 8 && (type === 16 || type === 18) ? this.u64(at) : 0;
  }
}

/**
 * Reads the first directory and walks over the others.
 * @throws DamagedHeaderError also for more directories or entries than any photo has; RangeError where the file ends
 */
export function readTiffDirectories(file: Buffer): TiffDirectories {
  const reader = new TiffReader(file);
  const total = { entries: 0, valueBytes: 0 };
  const first = new Map<number, readonly number[]>();
  let at = reader.word(reader.isBig ? 8 : 4);
  for (let count = 0; at !== 0; count += 1) {
    if (count === MAX_DIRECTORIES) throw new DamagedHeaderError('it has too many directories');
    if (count > 0 && at + 8 > file.length) break;
    at = readDirectory(reader, at, total, count === 0 ? first : undefined);
  }
  return { first, valueBytes: total.valueBytes };
}

/** @returns the offset of the next directory; 0 if there is none */
function readDirectory(
  reader: TiffReader,
  at: number,
  total: { entries: number; valueBytes: number },
  tags: Map<number, readonly number[]> | undefined,
): number {
  const [countBytes, entryBytes] = reader.isBig ? [8, 20] : [2, 12];
  const entries = reader.isBig ? reader.u64(at) : reader.u16(at);
  total.entries += entries;
  if (total.entries > MAX_ENTRIES)
    throw new DamagedHeaderError('its directories have too many entries');
  for (let index = 0; index < entries; index += 1) {
    const entry = at + countBytes + entryBytes * index;
    const type = reader.u16(entry + 2);
    const count = reader.word(entry + 4);
    const bytes = count * (typeBytes[type] ?? 0);
    const inline = bytes <= entryBytes - (reader.isBig ? 12 : 8);
    if (!inline) total.valueBytes += bytes;
    tags?.set(reader.u16(entry), readValues(reader, { type, count, entry, inline }));
  }
  const next = at + countBytes + entryBytes * entries;
  return reader.word(next);
}

interface Entry {
  type: number;
  count: number;
  entry: number;
  inline: boolean;
}

function readValues(reader: TiffReader, { type, count, entry, inline }: Entry): number[] {
  const place = entry + (reader.isBig ? 12 : 8);
  const from = inline ? place : reader.word(place);
  const length = Math.min(count, VALUES_READ);
  return Array.from({ length }, (_, index) =>
    reader.value(type, from + index * (typeBytes[type] ?? 0)),
  );
}
