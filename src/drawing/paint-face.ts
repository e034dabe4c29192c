import type { Canvas, Color, Point } from './canvas.ts';
import type { FaceTraits } from './face-traits.ts';

const DARK: Color = [35, 25, 25];
const EYE_WHITE: Color = [240, 238, 232];
const LIPS: Color = [165, 75, 75];

/** Paints hair, head, features and signs of age, in that order, then applies the light. */
export function paintFace(canvas: Canvas, face: FaceTraits): void {
  paintHead(canvas, face);
  for (const side of [-1, 1]) paintEye(canvas, face, side);
  paintNoseAndMouth(canvas, face);
  paintWrinkles(canvas, face);
  paintSpots(canvas, face);
  const [slopeX, slopeY] = face.lightSlope;
  canvas.light((x, y) => 1 + slopeX * (x - 0.5) + slopeY * (y - 0.5));
}

function paintHead(canvas: Canvas, face: FaceTraits): void {
  const { headHalfWidth: width, headHalfHeight: height, skin, hair } = face;
  const [x, y] = face.center;
  const hairRadii: Point = [width * 1.12, height * 0.95];
  canvas.ellipse([x, y - height * 0.17], hairRadii, hair, face.hairAmount);
  for (const side of [-1, 1]) {
    canvas.ellipse([x + side * width, y], [0.035, 0.06], shade(skin, 0.9));
    const jowl: Point = [x + side * width * 0.5, y + height * 0.62];
    canvas.ellipse(jowl, [width * 0.42, height * 0.28], skin, face.sagging);
  }
  canvas.ellipse([x, y], [width, height], skin);
  const hairline = height * (0.45 - 0.4 * face.recession);
  canvas.ellipse([x, y - height + hairline * 0.5], [width * 0.8, hairline], hair, face.hairAmount);
}

function paintEye(canvas: Canvas, face: FaceTraits, side: number): void {
  const { eyeRadius: radius, skin, hair } = face;
  const x = face.center[0] + side * face.eyeDistance;
  const y = eyeLine(face);
  canvas.ellipse([x, y], [radius * 1.25, radius * 0.8], EYE_WHITE);
  canvas.ellipse([x, y], [radius * 0.6, radius * 0.6], DARK);
  const lid = y - radius * 0.8;
  canvas.ellipse([x, lid], [radius * 1.4, radius * 0.7], shade(skin, 0.95), face.sagging);
  const brow = y - radius * 0.9 - 0.03;
  const reach = 0.055;
  canvas.stroke(
    [
      [x - reach, brow + 0.008],
      [x, brow - 0.004],
      [x + reach, brow + 0.008],
    ],
    0.016,
    hair,
    face.hairAmount,
  );
}

function paintNoseAndMouth(canvas: Canvas, face: FaceTraits): void {
  const [x] = face.center;
  const shadow = shade(face.skin, 0.7);
  const tip = eyeLine(face) + 0.03 + face.noseLength;
  canvas.stroke(
    [
      [x - 0.01, tip - face.noseLength],
      [x - 0.025, tip - 0.01],
      [x + 0.02, tip],
    ],
    0.012,
    shadow,
  );
  const y = mouthLine(face);
  canvas.stroke(
    [
      [x - face.mouthWidth, y - face.smile],
      [x, y + face.smile],
      [x + face.mouthWidth, y - face.smile],
    ],
    0.024,
    LIPS,
  );
}

/** Paints forehead lines, crow's feet, bags under the eyes and the folds from nose to mouth. */
function paintWrinkles(canvas: Canvas, face: FaceTraits): void {
  const [x] = face.center;
  const eyes = eyeLine(face);
  const line = (points: Point[]) =>
    canvas.stroke(points, 0.009, shade(face.skin, 0.55), face.wrinkles * 0.85);
  for (const rise of [0.11, 0.145, 0.18]) line(arc([x, eyes - rise], 0.13, -0.012));
  for (const side of [-1, 1]) {
    const eye = x + side * face.eyeDistance;
    line(arc([eye, eyes + face.eyeRadius + 0.02], 0.05, 0.014));
    const corner = eye + side * face.eyeRadius * 1.4;
    for (const slope of [-0.5, 0, 0.5]) {
      line([
        [corner, eyes + slope * 0.02],
        [corner + side * 0.045, eyes + slope * 0.07],
      ]);
    }
    line([
      [x + side * 0.045, eyes + 0.02 + face.noseLength],
      [x + side * (face.mouthWidth + 0.03), mouthLine(face) + 0.02],
    ]);
  }
}

function paintSpots(canvas: Canvas, face: FaceTraits): void {
  for (const { at, radius } of face.spots) {
    const x = face.center[0] + at[0] * face.headHalfWidth;
    const y = face.center[1] + at[1] * face.headHalfHeight;
    canvas.ellipse([x, y], [radius, radius], shade(face.skin, 0.6), face.spotOpacity);
  }
}

/** A shallow curve whose middle lies below its ends by `bend`. */
function arc([x, y]: Point, halfWidth: number, bend: number): Point[] {
  return [-1, -0.5, 0, 0.5, 1].map((t) => [x + t * halfWidth, y + bend * (1 - t * t)]);
}

function eyeLine(face: FaceTraits): number {
  return face.center[1] + face.eyeDrop - 0.02;
}

function mouthLine(face: FaceTraits): number {
  return face.center[1] + face.headHalfHeight * 0.58;
}

function shade([red, green, blue]: Color, factor: number): Color {
  return [red * factor, green * factor, blue * factor];
}
