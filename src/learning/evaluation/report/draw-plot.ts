import { View, parse } from 'vega';
import { type TopLevelSpec, compile } from 'vega-lite';
import { Markup, escapeHtml } from './html.ts';

/** One layer of a plot. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

/** Colors are CSS variables of the page, so that plots follow its light or dark scheme. */
export const colors = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--grid)',
  first: 'var(--first)',
  second: 'var(--second)',
  third: 'var(--third)',
  onFirst: 'var(--on-first)',
} as const;

/** The style of reference lines. */
export const referenceStroke = { stroke: colors.muted, strokeDash: [4, 4], strokeWidth: 1 };

/** The line on which predicted and true values agree. */
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

/** A plot with a text alternative. */
export interface Plot {
  title: string;
  /** Explains how to read the plot. */
  caption: string;
  /** Text alternative with the main numbers of the plot. */
  alternative: string;
  spec: TopLevelSpec;
}

const config: NonNullable<TopLevelSpec['config']> = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: colors.muted,
    titleColor: colors.muted,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 11.5,
    titlePadding: 8,
    gridColor: colors.grid,
    domain: false,
    ticks: false,
    labelPadding: 6,
  },
  legend: {
    labelColor: colors.ink,
    titleColor: colors.muted,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    labelLimit: 260,
    orient: 'top',
  },
  title: { color: colors.muted, fontSize: 11.5, fontWeight: 'normal', offset: 4 },
  text: { fill: colors.ink, fontSize: 11 },
};

/** Renders a plot as an `<svg>` without scripts, fonts, or external files. */
export async function drawPlot({ spec, alternative }: Plot): Promise<Markup> {
  // Vega modifies its input rows, so it gets a copy.
  const own = structuredClone({ ...spec, config });
  const view = new View(parse(compile(own).spec), { renderer: 'none' });
  try {
    return accessible(await view.toSVG(), alternative);
  } finally {
    view.finalize();
  }
}

/** Removes the namespaces, which are implied inside HTML, and adds the text alternative. */
function accessible(svg: string, alternative: string): Markup {
  const attributes = `role="img" aria-label="${escapeHtml(alternative)}"`;
  const plain = svg.replaceAll(/ xmlns(?::xlink)?="[^"]*"/g, '');
  return new Markup(plain.replace(/^<svg/, `<svg ${attributes}`));
}
