import { View, parse } from 'vega';
import { type TopLevelSpec, compile } from 'vega-lite';
import { Markup, escapeHtml } from './html.ts';

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

/** A plot and what it shows, in words for those who do not see it. */
export interface Plot {
  title: string;
  /** Says what to look for. */
  caption: string;
  /** The main figures in the plot, as text. */
  alternative: string;
  spec: TopLevelSpec;
}

const config: NonNullable<TopLevelSpec['config']> = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: colours.muted,
    titleColor: colours.muted,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 11.5,
    titlePadding: 8,
    gridColor: colours.grid,
    domain: false,
    ticks: false,
    labelPadding: 6,
  },
  legend: {
    labelColor: colours.ink,
    titleColor: colours.muted,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    labelLimit: 260,
    orient: 'top',
  },
  title: { color: colours.muted, fontSize: 11.5, fontWeight: 'normal', offset: 4 },
  text: { fill: colours.ink, fontSize: 11 },
};

/** Draws a plot as an `<svg>` that needs no script, no font and no file. */
export async function drawPlot({ spec, alternative }: Plot): Promise<Markup> {
  // Vega marks the rows that it is given: they are to stay the caller's.
  const own = structuredClone({ ...spec, config });
  const view = new View(parse(compile(own).spec), { renderer: 'none' });
  try {
    return accessible(await view.toSVG(), alternative);
  } finally {
    view.finalize();
  }
}

/** Inside HTML the namespaces go without saying. */
function accessible(svg: string, alternative: string): Markup {
  const attributes = `role="img" aria-label="${escapeHtml(alternative)}"`;
  const plain = svg.replaceAll(/ xmlns(:xlink)?="[^"]*"/g, '');
  return new Markup(plain.replace(/^<svg/, `<svg ${attributes}`));
}
