import { uniform, type Random } from '../common/random.ts';
import type { Color } from './canvas.ts';

/** The colors of a portrait. */
export interface FaceColors {
  background: Color;
  shirt: Color;
  skin: Color;
  /** How much stronger fine lines have to be to show as well as on light skin; from 1. */
  relief: number;
  lips: Color;
  hair: Color;
  brows: Color;
  iris: Color;
}

const SKINS: readonly Color[] = [
  [246, 214, 190],
  [233, 190, 158],
  [208, 156, 120],
  [168, 118, 88],
  [130, 90, 69],
];
/** From black to blond; darker skin has darker hair and eyes. */
const HAIR: readonly Color[] = [
  [36, 29, 28],
  [66, 46, 36],
  [104, 70, 46],
  [150, 104, 62],
  [204, 164, 106],
];
const IRISES: readonly Color[] = [
  [70, 44, 30],
  [96, 62, 38],
  [112, 96, 58],
  [84, 112, 96],
  [84, 124, 156],
];
const GRAY_HAIR: Color = [222, 220, 216];
const RED: Color = [176, 62, 66];

/** Both from 0 to 1. */
export interface AgeOfColors {
  /** How gray the hair is. */
  whitening: number;
  /** Children have paler lips. */
  childhood: number;
}

export function faceColors({ whitening, childhood }: AgeOfColors, random: Random): FaceColors {
  const pigment = random() ** 1.5;
  const skin = fromRange(SKINS, pigment);
  const hair = fromRange(HAIR, (1 - pigment) * random());
  const gray = blend(hair, GRAY_HAIR, whitening);
  const level = uniform(random, 120, 215);
  const tint = () => level + uniform(random, -25, 25);
  const cloth = uniform(random, 45, 190);
  const thread = () => cloth + uniform(random, -45, 45);
  return {
    background: [tint(), tint(), tint()],
    shirt: [thread(), thread(), thread()],
    skin,
    relief: 1 + 1.6 * pigment,
    lips: blend(skin, RED, 0.42 - 0.12 * childhood),
    hair: gray,
    brows: blend(blend(hair, skin, 0.12), GRAY_HAIR, 0.7 * whitening),
    iris: fromRange(IRISES, (1 - pigment) * random()),
  };
}

export function blend(one: Color, other: Color, share: number): Color {
  const channel = (index: 0 | 1 | 2) => one[index] + (other[index] - one[index]) * share;
  return [channel(0), channel(1), channel(2)];
}

/** Skin in shadow is darker and redder. */
export function shadowOf([red, green, blue]: Color, depth = 1): Color {
  return [red * (1 - 0.34 * depth), green * (1 - 0.44 * depth), blue * (1 - 0.46 * depth)];
}

/** A color with less light, for hair and cloth. */
export function dimmed([red, green, blue]: Color, share: number): Color {
  const factor = 1 - share;
  return [red * factor, green * factor, blue * factor];
}

export function lightOf(color: Color, share = 0.5): Color {
  return blend(color, [255, 250, 240], share);
}

/** The color at a place from 0 to 1 between the first and the last. */
function fromRange(colors: readonly Color[], place: number): Color {
  const position = Math.max(0, Math.min(1, place)) * (colors.length - 1);
  const index = Math.min(colors.length - 2, Math.floor(position));
  return blend(colors[index]!, colors[index + 1]!, position - index);
}
