import { hevcPicture, LEVEL, PROFILE, type SquaredPicture } from './hevc-picture.ts';

export interface HeicOptions {
  /** Quarter turns against the clock that viewers apply (`irot`). */
  quarterTurns?: number;
  /** The type of the picture, `hvc1` by default. */
  itemType?: string;
  /** The major brand, `heic` by default. */
  brand?: string;
  /** The size that the file states; by default the picture's. */
  stated?: { width: number; height: number };
}

/** A HEIC photo as phones write it (ISO/IEC 23008-12), with one picture. */
export function heicPhoto(picture: SquaredPicture, options: HeicOptions = {}): Buffer {
  const { vps, sps, pps, slice } = hevcPicture(picture);
  const data = Buffer.concat([uint(slice.length, 4), slice]);
  const ftyp = box('ftyp', Buffer.from(`${options.brand ?? 'heic'}\0\0\0\0mif1heic`, 'latin1'));
  const metaOf = (offset: number) =>
    meta([vps, sps, pps], { offset, length: data.length }, picture, options);
  const offset = ftyp.length + metaOf(0).length + 8;
  return Buffer.concat([ftyp, metaOf(offset), box('mdat', data)]);
}

const uint = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};
const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...parts]);
  return Buffer.concat([uint(body.length + 4, 4), body]);
};
const fullBox = (type: string, version: number, ...parts: readonly Buffer[]): Buffer =>
  box(type, uint(version * 2 ** 24, 4), ...parts);

function meta(
  units: readonly Buffer[],
  { offset, length }: { offset: number; length: number },
  picture: SquaredPicture,
  options: HeicOptions,
): Buffer {
  const handler = Buffer.concat([uint(0, 4), Buffer.from('pict', 'latin1'), Buffer.alloc(13)]);
  const location = [0x4400, 1, 1, 0, 1].map((value) => uint(value, 2));
  const item = Buffer.concat([
    uint(1, 2),
    uint(0, 2),
    Buffer.from(`${options.itemType ?? 'hvc1'}\0`, 'latin1'),
  ]);
  return fullBox(
    'meta',
    0,
    fullBox('hdlr', 0, handler),
    fullBox('pitm', 0, uint(1, 2)),
    fullBox('iloc', 0, ...location, uint(offset, 4), uint(length, 4)),
    fullBox('iinf', 0, uint(1, 2), fullBox('infe', 2, item)),
    properties(units, picture, options),
  );
}

function properties(
  units: readonly Buffer[],
  picture: SquaredPicture,
  { quarterTurns = 0, stated = picture }: HeicOptions,
): Buffer {
  const color = Buffer.concat([
    Buffer.from('nclx', 'latin1'),
    ...[1, 13, 6].map((code) => uint(code, 2)),
    uint(0x80, 1),
  ]);
  const all = [
    box('hvcC', configuration(units)),
    fullBox('ispe', 0, uint(stated.width, 4), uint(stated.height, 4)),
    box('colr', color),
    ...(quarterTurns === 0 ? [] : [box('irot', uint(quarterTurns, 1))]),
  ];
  const used = all.map((_, index) => uint(0x80 + index + 1, 1));
  const associations = [uint(1, 4), uint(1, 2), uint(used.length, 1), ...used];
  return box('iprp', box('ipco', ...all), fullBox('ipma', 0, ...associations));
}

/** The decoder's configuration (ISO/IEC 14496-15 §8.3.3.1), with 4:2:0 and 8 bits. */
function configuration(units: readonly Buffer[]): Buffer {
  const arrays = units.map((bytes) =>
    Buffer.concat([uint(0x80 | (bytes[0]! >> 1), 1), uint(1, 2), uint(bytes.length, 2), bytes]),
  );
  return Buffer.concat([
    ...[uint(1, 1), PROFILE, uint(LEVEL, 1)],
    Buffer.from('f000fcfdf8f800000f', 'hex'),
    uint(units.length, 1),
    ...arrays,
  ]);
}
