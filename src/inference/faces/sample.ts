import { invertSimilarity, scaleOf, type Similarity } from './geometry.ts';
import type { Gray, Pyramid } from './pyramid.ts';

/** What lies outside a picture: one gray level, or the picture mirrored at its edges. */
export type Outside = { level: number } | 'mirrored';

/** From this many pixels of a level to a pixel of a quick sample, the next level is used. */
const QUICK_LIMIT = 1.5;

/**
 * Samples a square as `sampleSquare` does, at a quarter of its cost: each pixel is one bilinear sample of the level that is
 * 0.75 to 1.5 times as fine, which is exact enough for finding.
 */
export function sampleQuickly(
  pyramid: Pyramid,
  toTarget: Similarity,
  side: number,
  outside: Outside,
): Uint8Array<ArrayBuffer> {
  const toPicture = invertSimilarity(toTarget);
  const { picture, scale } = pyramid.levelFor((scaleOf(toPicture) * 2) / QUICK_LIMIT);
  return sampleLevel(picture, scaled(toPicture, 1 / scale), { side, samples: 1, outside });
}

/**
 * Samples a square of a picture through a similarity, antialiased: each pixel of the target is the mean of 2×2 bilinear
 * samples of the pyramid's level that is at most twice as fine.
 * @param toTarget maps the picture to the target
 * @returns side × side gray levels
 */
export function sampleSquare(
  pyramid: Pyramid,
  toTarget: Similarity,
  side: number,
  outside: Outside,
): Uint8Array<ArrayBuffer> {
  const toPicture = invertSimilarity(toTarget);
  const pixels = scaleOf(toPicture);
  const { picture, scale } = pyramid.levelFor(pixels);
  const samples = pixels / scale > 1.2 ? 2 : 1;
  return sampleLevel(picture, scaled(toPicture, 1 / scale), { side, samples, outside });
}

function scaled({ a, b, shiftX, shiftY }: Similarity, by: number): Similarity {
  return { a: a * by, b: b * by, shiftX: shiftX * by, shiftY: shiftY * by };
}

interface SampleOptions {
  side: number;
  /** Along each axis of a pixel. */
  samples: 1 | 2;
  outside: Outside;
}

/** Coordinates are whole multiples of 2^-16 pixels. */
const ONE = 1 << 16;
/** Weights of bilinear interpolation are multiples of 2^-8 in each direction. */
const WEIGHT_SHIFT = 8;

function sampleLevel(
  picture: Gray,
  toPicture: Similarity,
  { side, samples, outside }: SampleOptions,
): Uint8Array<ArrayBuffer> {
  const wide = side * samples;
  const step = 1 / samples;
  const sums = samples === 1 ? undefined : new Uint16Array(side * side);
  const row = new Uint8Array(wide);
  const target = new Uint8Array(side * side);
  for (let y = 0; y < wide; y += 1) {
    sampleRow(picture, rowOf(toPicture, (y + 0.5) * step, step), row, outside);
    const at = Math.floor(y / samples) * side;
    if (sums === undefined) target.set(row, at);
    else for (let x = 0; x < wide; x += 1) sums[at + (x >> 1)]! += row[x]!;
  }
  if (sums !== undefined)
    for (let at = 0; at < sums.length; at += 1) target[at] = (sums[at]! + 2) >> 2;
  return target;
}

/** A straight line through the picture: its first sample and the step to the next, in pixels. */
interface Line {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
}

function rowOf({ a, b, shiftX, shiftY }: Similarity, y: number, step: number): Line {
  const x = step / 2;
  return {
    x: a * x - b * y + shiftX - 0.5,
    y: b * x + a * y + shiftY - 0.5,
    stepX: a * step,
    stepY: b * step,
  };
}

function sampleRow(picture: Gray, line: Line, row: Uint8Array, outside: Outside): void {
  const { width, height } = picture;
  const whole = { from: 0, end: row.length };
  const safe = shared(
    inside(line.x, line.stepX, width - 1.001, whole),
    inside(line.y, line.stepY, height - 1.001, whole),
  );
  if (outside === 'mirrored') {
    sampleEdge(picture, line, row, { from: 0, end: safe.from }, MIRRORED);
    sampleEdge(picture, line, row, { from: safe.end, end: row.length }, MIRRORED);
  } else {
    row.fill(outside.level);
    const near = shared(
      inside(line.x + 1, line.stepX, width + 1, whole),
      inside(line.y + 1, line.stepY, height + 1, whole),
    );
    sampleEdge(
      picture,
      line,
      row,
      { from: near.from, end: Math.min(near.end, safe.from) },
      outside.level,
    );
    sampleEdge(
      picture,
      line,
      row,
      { from: Math.max(near.from, safe.end), end: near.end },
      outside.level,
    );
  }
  sampleInside(picture, line, row, safe);
}

/** Indices of a row: `from` ≤ index < `end`. */
interface Span {
  from: number;
  end: number;
}

/** An empty span starts and ends at the same index. */
function shared(one: Span, other: Span): Span {
  const from = Math.max(one.from, other.from);
  return { from, end: Math.max(from, Math.min(one.end, other.end)) };
}

/** The samples that lie between 0 and `last` along one axis. */
function inside(start: number, step: number, last: number, { end: count }: Span): Span {
  if (step === 0)
    return start >= 0 && start <= last ? { from: 0, end: count } : { from: count, end: count };
  const one = -start / step;
  const other = (last - start) / step;
  const from = Math.ceil(Math.min(one, other));
  const end = Math.floor(Math.max(one, other)) + 1;
  return { from: Math.min(count, Math.max(0, from)), end: Math.min(count, Math.max(0, end)) };
}

function sampleInside(
  { width, gray }: Gray,
  { x, y, stepX, stepY }: Line,
  row: Uint8Array,
  { from, end }: Span,
): void {
  let px = Math.round((x + from * stepX) * ONE);
  let py = Math.round((y + from * stepY) * ONE);
  const dx = Math.round(stepX * ONE);
  const dy = Math.round(stepY * ONE);
  for (let index = from; index < end; index += 1, px += dx, py += dy) {
    const at = (py >> 16) * width + (px >> 16);
    const right = (px & 0xffff) >> WEIGHT_SHIFT;
    const below = (py & 0xffff) >> WEIGHT_SHIFT;
    const upper = (gray[at]! << 8) + (gray[at + 1]! - gray[at]!) * right;
    const next = at + width;
    const lower = (gray[next]! << 8) + (gray[next + 1]! - gray[next]!) * right;
    row[index] = ((upper << 8) + (lower - upper) * below + (1 << 15)) >> 16;
  }
}

/** In place of a gray level: what lies outside is the picture mirrored at its edges. */
const MIRRORED = -1;

/** Samples of which some pixels lie outside the picture. */
function sampleEdge(
  picture: Gray,
  { x, y, stepX, stepY }: Line,
  row: Uint8Array,
  { from, end }: Span,
  level: number,
): void {
  for (let index = from; index < end; index += 1) {
    const px = x + index * stepX;
    const py = y + index * stepY;
    const left = Math.floor(px);
    const top = Math.floor(py);
    const upperLeft = pixelAt(picture, left, top, level);
    const lowerLeft = pixelAt(picture, left, top + 1, level);
    const upper = upperLeft + (pixelAt(picture, left + 1, top, level) - upperLeft) * (px - left);
    const lower =
      lowerLeft + (pixelAt(picture, left + 1, top + 1, level) - lowerLeft) * (px - left);
    row[index] = upper + (lower - upper) * (py - top) + 0.5;
  }
}

function pixelAt({ width, height, gray }: Gray, x: number, y: number, level: number): number {
  if (x >= 0 && y >= 0 && x < width && y < height) return gray[y * width + x]!;
  return level === MIRRORED ? gray[mirrored(y, height) * width + mirrored(x, width)]! : level;
}

/** …2 1 0 | 0 1 2… at both edges. */
function mirrored(at: number, size: number): number {
  const around = ((at % (2 * size)) + 2 * size) % (2 * size);
  return around < size ? around : 2 * size - 1 - around;
}
