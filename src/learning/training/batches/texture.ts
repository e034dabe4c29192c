import { uniform, type Random } from '../../../common/random.ts';
import { drawDeadLeaves, drawObject } from './dead-leaves.ts';
import type { Square } from './warp.ts';

/** Draws one kind of texture: gray levels from 0 to 255. */
type DrawTexture = (target: Square<Float32Array>, random: Random) => void;

/** One gray level with a little noise. */
const flat: DrawTexture = ({ values }, random) => {
  const [level, spread] = [random() * 255, uniform(random, 0, 20)];
  for (let at = 0; at < values.length; at++) values[at] = level + (random() - 0.5) * spread;
};

/** Noise in cells of one to twenty pixels. */
const noise: DrawTexture = ({ values, side }, random) => {
  const cell = Math.ceil(uniform(random, 0, 20));
  const across = Math.ceil(side / cell);
  const levels = Float32Array.from({ length: across * across }, () => random() * 255);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      values[y * side + x] = levels[Math.floor(y / cell) * across + Math.floor(x / cell)]!;
};

/** Two waves across each other: gradients where they are long, stripes and checks where they are short. */
const waves: DrawTexture = ({ values, side }, random) => {
  const wave = () => {
    const direction = random() * Math.PI;
    const cycles = Math.exp(uniform(random, Math.log(0.3), Math.log(20))) / side;
    const [fx, fy] = [Math.cos(direction), Math.sin(direction)].map(
      (d) => 2 * Math.PI * cycles * d,
    );
    const [phase, height] = [random() * 2 * Math.PI, uniform(random, 10, 70)];
    return (x: number, y: number) => height * Math.sin(fx! * x + fy! * y + phase);
  };
  const [one, other] = [wave(), wave()];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) values[y * side + x] = 128 + one(x, y) + other(x, y);
};

/** Rows of short dark marks on a light ground, as a page of text has, or the reverse. */
const marks: DrawTexture = ({ values, side }, random) => {
  const [ground, ink] =
    random() < 0.8 ? [uniform(random, 180, 255), uniform(random, 0, 90)] : [30, 210];
  values.fill(ground);
  const height = Math.ceil(uniform(random, 2, side / 5));
  for (let top = Math.floor(random() * height); top < side; top += Math.ceil(height * 1.7)) {
    for (let left = 0; left < side; left += 1 + Math.ceil(random() * height * 0.8)) {
      const width = Math.ceil(random() * height * 0.6);
      if (random() < 0.15) continue;
      for (let y = top + Math.floor(random() * height * 0.5); y < Math.min(side, top + height); y++)
        values.fill(ink, y * side + left, y * side + Math.min(side, left + width));
    }
  }
};

const textures = [flat, noise, waves, marks, drawDeadLeaves, drawObject] as const;

/** Draws a texture or things that no face resembles, of a kind that follows from `random`. */
export function drawTexture(target: Square<Float32Array>, random: Random): void {
  textures[Math.floor(random() * textures.length)]!(target, random);
  for (let at = 0; at < target.values.length; at++)
    target.values[at] = Math.min(255, Math.max(0, target.values[at]!));
}
