import { uniform, type Random } from '../../../common/random.ts';
import type { Square } from './warp.ts';

/** Directions in which the outline of a leaf is known. */
const DIRECTIONS = 90;

/** A filled outline with its own shading. */
interface Leaf {
  x: number;
  y: number;
  /** The distance of the outline from the center in DIRECTIONS directions. */
  radii: Float32Array;
  largest: number;
  levelAt: (dx: number, dy: number) => number;
}

/**
 * Draws shapes of many sizes that cover each other, which have the statistics of photos of things (Lee, Mumford and Huang,
 * "Occlusion Models for Natural Images", IJCV 2001; Baradad et al., "Learning to See by Looking at Noise", NeurIPS 2021).
 */
export function drawDeadLeaves(target: Square<Float32Array>, random: Random): void {
  const { values, side } = target;
  values.fill(random() * 255);
  const smallest = uniform(random, 0.02, 0.1) * side;
  const count = Math.ceil(uniform(random, 10, 70));
  for (let leaf = 0; leaf < count; leaf++) {
    const size = Math.min(side / 2, smallest / Math.sqrt(1 - random()));
    drawLeaf(target, leafOf(random, { x: random() * side, y: random() * side, size }));
  }
}

/** Draws one large thing with mirrored parts on a plain ground, as photos of objects often show. */
export function drawObject(target: Square<Float32Array>, random: Random): void {
  const { values, side } = target;
  values.fill(random() * 255);
  const middle = { x: side * uniform(random, 0.4, 0.6), y: side * uniform(random, 0.4, 0.6) };
  drawLeaf(target, leafOf(random, { ...middle, size: side * uniform(random, 0.2, 0.45) }));
  const parts = Math.floor(uniform(random, 0, 6));
  for (let part = 0; part < parts; part++) {
    const [dx, dy] = [uniform(random, 0, 0.4) * side, uniform(random, -0.4, 0.4) * side];
    const own = leafOf(random, { x: 0, y: 0, size: side * uniform(random, 0.03, 0.2) });
    for (const x of [middle.x - dx, middle.x + dx])
      drawLeaf(target, { ...own, x, y: middle.y + dy });
  }
}

function leafOf(random: Random, { x, y, size }: { x: number; y: number; size: number }): Leaf {
  const bumps = Array.from({ length: 4 }, (_, order) => ({
    order: order + 1,
    height: uniform(random, -0.25, 0.25) / (order + 1),
    phase: random() * 2 * Math.PI,
  }));
  const stretch = uniform(random, 0.4, 1);
  const turn = random() * Math.PI;
  const radiusAt = (angle: number) => {
    const along = angle - turn;
    const round = bumps.reduce(
      (sum, { order, height, phase }) => sum + height * Math.sin(order * along + phase),
      1,
    );
    return (size * round * stretch) / Math.hypot(stretch * Math.cos(along), Math.sin(along));
  };
  const radii = Float32Array.from({ length: DIRECTIONS }, (_, at) =>
    radiusAt((2 * Math.PI * at) / DIRECTIONS),
  );
  return { x, y, radii, largest: Math.max(...radii), levelAt: shadingOf(random, size) };
}

/** One gray level with a gradient, and in half of the leaves with stripes. */
function shadingOf(random: Random, size: number): Leaf['levelAt'] {
  const level = random() * 255;
  const [slopeX, slopeY] = [uniform(random, -60, 60) / size, uniform(random, -60, 60) / size];
  const height = random() < 0.5 ? 0 : uniform(random, 10, 60);
  const direction = random() * Math.PI;
  const frequency = (2 * Math.PI * uniform(random, 0.5, 6)) / size;
  const [fx, fy] = [frequency * Math.cos(direction), frequency * Math.sin(direction)];
  return (dx, dy) => level + slopeX * dx + slopeY * dy + height * Math.sin(fx * dx + fy * dy);
}

function drawLeaf({ values, side }: Square<Float32Array>, leaf: Leaf): void {
  const [left, right, top, bottom] = [leaf.x, leaf.x, leaf.y, leaf.y].map((center, edge) =>
    Math.round(Math.min(side, Math.max(0, center + (edge % 2 === 0 ? -1 : 1) * leaf.largest))),
  ) as [number, number, number, number];
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) {
      const [dx, dy] = [x - leaf.x, y - leaf.y];
      const direction = (Math.atan2(dy, dx) / (2 * Math.PI)) * DIRECTIONS;
      if (Math.hypot(dx, dy) < leaf.radii[Math.floor(direction + DIRECTIONS) % DIRECTIONS]!)
        values[y * side + x] = leaf.levelAt(dx, dy);
    }
}
