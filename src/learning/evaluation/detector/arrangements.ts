import { permutation, seededRandom, uniform, type Random } from '../../../common/random.ts';
import type { Box, Similarity } from '../../../inference/faces/geometry.ts';
import { rec601Luma } from '../../../inference/preprocess/picture.ts';
import { sharp } from '../../../inference/preprocess/sharp-image.ts';
import type { PhotoFile } from './photo-files.ts';

/** A picture made of crops of faces, and the square of each crop in it. */
export interface ArrangedPicture {
  jpeg: Buffer;
  squares: Box[];
}

/** Groups are as large as a photo for the screen. */
const GROUP = { width: 1200, height: 900 };
const MAX_GROUP = 8;
const SMALLEST = 60;
const LARGEST = 360;
/** A face for which no free place is found by then is left out of its group. */
const PLACE_TRIES = 300;
/** Side of the crops of variants and montages. */
const CROP_SIDE = 200;
const JPEG = { quality: 92, chromaSubsampling: '4:4:4' };

/**
 * Pastes one to eight crops of 60 to 360 pixels onto a photo of 1200×900 pixels, without overlap.
 * @param seed equal seeds and lists give equal pictures
 */
export async function makeGroup(
  crops: readonly PhotoFile[],
  backgrounds: readonly PhotoFile[],
  ...seed: readonly number[]
): Promise<ArrangedPicture> {
  const random = seededRandom(...seed);
  const background = backgrounds[Math.floor(random() * backgrounds.length)]!;
  const squares = freeSquares(random, 1 + Math.floor(random() * MAX_GROUP));
  const order = permutation(random, crops.length);
  const pasted = await Promise.all(
    squares.map(async ({ x, y, width }, index) => ({
      input: await squareCrop(crops[order[index % order.length]!]!, width),
      left: x,
      top: y,
    })),
  );
  const photo = sharp(await background.read()).resize({ ...GROUP, fit: 'fill' });
  return { jpeg: await photo.composite(pasted).jpeg(JPEG).toBuffer(), squares };
}

function freeSquares(random: Random, count: number): Box[] {
  const sides = Array.from({ length: count }, () => Math.round(uniform(random, SMALLEST, LARGEST)));
  const squares: Box[] = [];
  for (const side of sides.sort((one, other) => other - one)) {
    for (let attempt = 0; attempt < PLACE_TRIES; attempt += 1) {
      const x = Math.floor(random() * (GROUP.width - side + 1));
      const y = Math.floor(random() * (GROUP.height - side + 1));
      const square = { x, y, width: side, height: side };
      if (squares.some((other) => touch(square, other))) continue;
      squares.push(square);
      break;
    }
  }
  return squares;
}

function touch(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** How a crop is changed in each variant. */
export const variants = [
  { name: 'as it is', padding: 1, turn: 0 },
  ...[1.3, 1.6, 2, 3].map((padding) => ({ name: `padded to ${padding}×`, padding, turn: 0 })),
  ...[15, 30, 90, 180].map((turn) => ({ name: `turned by ${turn}°`, padding: 1, turn })),
] as const;
export type Variant = (typeof variants)[number];

/** Puts a crop in the middle of a canvas of its mean gray, or turns it clockwise on a canvas that holds all of it. */
export async function makeVariant(
  crop: PhotoFile,
  { padding, turn }: Variant,
): Promise<ArrangedPicture> {
  const picture = await squareCrop(crop, CROP_SIDE);
  if (padding === 1 && turn === 0)
    return { jpeg: await encode(sharp(picture)), squares: [square(0, 0)] };
  const background = gray(await meanLevel(picture));
  const turned = await sharp(picture)
    .rotate(turn, { background })
    .png()
    .toBuffer({ resolveWithObject: true });
  const side = Math.round(turned.info.width * padding);
  const start = Math.floor((side - turned.info.width) / 2);
  const canvas = sharp({ create: { width: side, height: side, channels: 3, background } });
  canvas.composite([{ input: turned.data, left: start, top: start }]);
  const corner = (side - CROP_SIDE) / 2;
  return { jpeg: await encode(canvas), squares: [square(corner, corner)] };
}

/** Where a copy of a crop lies on its canvas: its scale, and how much of the free room lies left of and above it. */
export interface ShiftedPlace {
  scale: number;
  x: number;
  y: number;
}

/** Side of the canvas of a shifted crop. */
const SHIFT_CANVAS = 280;

/**
 * Puts a scaled crop anywhere on a canvas of its mean gray.
 * @returns also the map from the pixels of the crop to those of the picture, which does not turn
 */
export async function makeShifted(
  crop: PhotoFile,
  { scale, x, y }: ShiftedPlace,
): Promise<{ jpeg: Buffer; placed: Similarity }> {
  const side = Math.round(CROP_SIDE * scale);
  const picture = await squareCrop(crop, side);
  const room = SHIFT_CANVAS - side;
  const [left, top] = [Math.floor(room * x), Math.floor(room * y)];
  const background = gray(await meanLevel(picture));
  const size = { width: SHIFT_CANVAS, height: SHIFT_CANVAS };
  const canvas = sharp({ create: { ...size, channels: 3, background } });
  const jpeg = await encode(canvas.composite([{ input: picture, left, top }]));
  return { jpeg, placed: { a: side / CROP_SIDE, b: 0, shiftX: left, shiftY: top } };
}

/** Tiles six crops, three by two or, for odd seeds, two by three. */
export async function makeMontage(
  crops: readonly PhotoFile[],
  seed: number,
): Promise<ArrangedPicture> {
  const order = permutation(seededRandom(seed), crops.length);
  const columns = seed % 2 === 0 ? 3 : 2;
  const squares = Array.from({ length: 6 }, (_, index) =>
    square((index % columns) * CROP_SIDE, Math.floor(index / columns) * CROP_SIDE),
  );
  const pasted = await Promise.all(
    squares.map(async ({ x, y }, index) => ({
      input: await squareCrop(crops[order[index % order.length]!]!, CROP_SIDE),
      left: x,
      top: y,
    })),
  );
  const size = { width: columns * CROP_SIDE, height: (6 / columns) * CROP_SIDE };
  const canvas = sharp({ create: { ...size, channels: 3, background: gray(0) } });
  return { jpeg: await encode(canvas.composite(pasted)), squares };
}

async function squareCrop(crop: PhotoFile, side: number): Promise<Buffer> {
  const picture = sharp(await crop.read()).toColourspace('srgb');
  return picture.resize(side, side, { fit: 'fill' }).png({ compressionLevel: 1 }).toBuffer();
}

async function meanLevel(picture: Buffer): Promise<number> {
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
  const levels = rec601Luma(data, info.channels);
  return Math.round(levels.reduce((sum, level) => sum + level, 0) / levels.length);
}

function square(x: number, y: number): Box {
  return { x, y, width: CROP_SIDE, height: CROP_SIDE };
}

const gray = (level: number) => ({ r: level, g: level, b: level });

function encode(picture: ReturnType<typeof sharp>): Promise<Buffer> {
  return picture.jpeg(JPEG).toBuffer();
}
