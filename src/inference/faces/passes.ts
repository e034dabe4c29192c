import type { Gray } from './pyramid.ts';
import type { View } from './view.ts';

/** One look over a picture. */
export interface Pass {
  kind: keyof typeof minScores;
  views: View[];
}

/** Borders of black around the whole picture, as sides of the view in long sides of the picture. */
const BORDERS = [1, 1.7, 1.3];

/** Tiles by their side as a share of the picture's long side. Neighbors overlap by a third or more. */
const LARGE_TILE = 0.62;
const SMALL_TILES = [0.34, 0.2];
const TILE_STEP = 0.66;

/** Pictures up to this side that are nearly square are likely to be crops, whose face fills them. */
const CROP_MAX_SIDE = 400;
const CROP_MAX_RATIO = 1.25;

/** Passes for one face, in the order in which they are worth trying. */
export function passesForOne(picture: Gray): Pass[] {
  return [
    ...wholePasses(picture, 'whole'),
    { kind: 'tiles', views: tileViews(picture, LARGE_TILE) },
    turnedPass([wholeView(picture, 1), wholeView(picture, 1.7)]),
  ];
}

/** Passes for all faces. */
export function passesForAll(picture: Gray): Pass[] {
  const tiles = [LARGE_TILE, ...SMALL_TILES].flatMap((share) => tileViews(picture, share));
  return [...wholePasses(picture, 'group'), { kind: 'group', views: tiles }];
}

/** Shows the same views lying on either side and upside down. */
export function turnedPass(views: readonly View[]): Pass {
  const turns = [Math.PI / 2, -Math.PI / 2, Math.PI];
  return {
    kind: 'turned',
    views: turns.flatMap((turn) => views.map((view) => ({ ...view, turn: view.turn + turn }))),
  };
}

function wholePasses(picture: Gray, kind: Pass['kind']): Pass[] {
  const borders = isLikelyCrop(picture) ? [1.7, 1, 1.3] : BORDERS;
  return borders.map((border) => ({ kind, views: [wholeView(picture, border)] }));
}

function isLikelyCrop({ width, height }: Gray): boolean {
  const long = Math.max(width, height);
  return long <= CROP_MAX_SIDE && long <= CROP_MAX_RATIO * Math.min(width, height);
}

/** A square around the whole picture, `border` times its long side. */
function wholeView({ width, height }: Gray, border: number): View {
  return {
    center: { x: width / 2, y: height / 2 },
    side: Math.max(width, height) * border,
    turn: 0,
  };
}

function tileViews({ width, height }: Gray, share: number): View[] {
  const side = share * Math.max(width, height);
  const rows = tileCenters(height, side);
  return tileCenters(width, side).flatMap((x) =>
    rows.map((y) => ({ center: { x, y }, side, turn: 0 })),
  );
}

/** Centers of tiles along one side of the picture, evenly spaced from edge to edge. */
function tileCenters(length: number, side: number): number[] {
  if (length <= side) return [length / 2];
  const steps = Math.ceil((length - side) / (side * TILE_STEP));
  return Array.from({ length: steps + 1 }, (_, i) => side / 2 + ((length - side) * i) / steps);
}

/**
 * The score that a face must reach. The closer a search looks, the more textures it takes for faces; but few textures
 * that resemble a face fill the whole picture, as the face in a crop does. Measured on photos with and without faces: see
 * docs/faces.md.
 * @param share width of the face's box in long sides of the picture
 */
export function minScoreOf(kind: Pass['kind'], share: number): number {
  const { small, large } = minScores[kind];
  const between = (share - small.share) / (large.share - small.share);
  return small.score + (large.score - small.score) * Math.min(1, Math.max(0, between));
}

const minScores = {
  whole: { small: { share: 0.4, score: 0.72 }, large: { share: 0.75, score: 0.5 } },
  tiles: { small: { share: 0.4, score: 0.8 }, large: { share: 0.75, score: 0.8 } },
  turned: { small: { share: 0.4, score: 0.8 }, large: { share: 0.6, score: 0.65 } },
  /** Where all faces are wanted, a wrong one is one entry of a list; where one is, it is the answer. */
  group: { small: { share: 0.05, score: 0.7 }, large: { share: 0.2, score: 0.5 } },
} as const;
