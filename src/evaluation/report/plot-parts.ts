import type { TopLevelSpec } from 'vega-lite';

/** One layer of a plot. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** Colours are variables of the page, so that a plot follows its light or dark scheme. */
export const colours = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  first: 'var(--first)',
  second: 'var(--second)',
  third: 'var(--third)',
  onFirst: 'var(--on-first)',
} as const;

/** Lines to hold something against. */
export const referenceStroke = { stroke: colours.muted, strokeDash: [4, 4], strokeWidth: 1 };

/** Where what is said is what is so. */
export function diagonalLine(from: number, to: number): Layer {
  return {
    data: {
      values: [
        { x: from, y: from },
        { x: to, y: to },
      ],
    },
    mark: { type: 'line', ...referenceStroke },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
    },
  };
}
