import { share, years } from '../format.ts';
import type { Measured, MetricsFile } from '../metrics-file.ts';
import { type Plot, colors, diagonalLine, type Layer, referenceStroke } from './draw-plot.ts';

const WIDTH_PIXELS = 420;
const unit = { domain: [0, 1] };
const axis = { format: '.0%' };

interface ReliabilityFigures extends Pick<MetricsFile, 'reliability'> {
  all: Pick<Measured, 'ece' | 'calibratedEce95'>;
}

/** Confidence against accuracy, with the range that chance alone would give a calibrated model. */
export function reliabilityPlot(
  { reliability, all }: ReliabilityFigures,
  title = 'Reliability',
): Plot {
  const { calibratedEce95 } = all;
  const chance = calibratedEce95 === null ? '' : ` (by chance up to ${share(calibratedEce95)})`;
  return {
    title,
    caption: `Share of correct predictions by confidence. Bars: the range of 95 % of perfectly calibrated models with as many photos; points outside are unlikely to be chance. ECE ${share(all.ece)}${chance}.`,
    alternative: alternativeOf(reliability),
    spec: {
      data: { values: reliability.map(({ consistency, ...bin }) => ({ ...bin, ...consistency })) },
      vconcat: [
        { width: WIDTH_PIXELS, height: 300, layer: [band, diagonalLine(0, 1), measured] },
        { width: WIDTH_PIXELS, height: 60, layer: [photos] },
      ],
    },
  };
}

const band: Layer = {
  mark: { type: 'rect', fill: colors.first, fillOpacity: 0.22, cornerRadius: 2 },
  encoding: {
    x: { field: 'from', type: 'quantitative', scale: unit, axis, title: null },
    x2: { field: 'to' },
    y: { field: 'low', type: 'quantitative', scale: unit, axis, title: 'accuracy' },
    y2: { field: 'high' },
  },
};

const measured: Layer = {
  mark: { type: 'circle', fill: colors.second, opacity: 1, size: 70 },
  encoding: {
    x: { field: 'confidence', type: 'quantitative', scale: unit },
    y: { field: 'accuracy', type: 'quantitative', scale: unit },
  },
};

const photos: Layer = {
  mark: { type: 'rect', fill: colors.muted, fillOpacity: 0.5, cornerRadius: 2 },
  encoding: {
    x: {
      field: 'from',
      type: 'quantitative',
      scale: unit,
      axis,
      title: 'confidence of the most probable bucket',
    },
    x2: { field: 'to' },
    y: { field: 'photos', type: 'quantitative', axis: { title: 'photos', tickCount: 2 } },
    y2: { datum: 0 },
  },
};

function alternativeOf(reliability: MetricsFile['reliability']): string {
  const bins = reliability.map(
    ({ confidence, accuracy, photos: count }) =>
      `confidence ${share(confidence)}, accuracy ${share(accuracy)}, ${count} photos`,
  );
  return `Reliability diagram. ${bins.join('; ')}.`;
}

/** Loss, validation error, and learning rate by epoch, or undefined without a training history. */
export function trainingPlot({ history }: MetricsFile): Plot | undefined {
  if (history.length === 0) return undefined;
  const best = history.reduce((a, b) => (b.validationMae < a.validationMae ? b : a));
  const panel = (field: string, title: string, stroke: string) => ({
    width: 230,
    height: 170,
    layer: [bestEpoch(best.epoch), curve(field, title, stroke)],
  });
  return {
    title: 'Training',
    caption: `By epoch. Dashed: the epoch with the lowest validation error, epoch ${best.epoch} with ${years(best.validationMae)} years, whose weights the model uses.`,
    alternative: `Training curves over ${history.length} epochs; best validation error ${years(best.validationMae)} years after epoch ${best.epoch}.`,
    spec: {
      data: { values: history },
      hconcat: [
        panel('validationMae', 'validation MAE, years', colors.second),
        panel('loss', 'training loss', colors.first),
        panel('learningRate', 'learning rate', colors.third),
      ],
    },
  };
}

function bestEpoch(epoch: number): Layer {
  return {
    data: { values: [{}] },
    mark: { type: 'rule', ...referenceStroke },
    encoding: { x: { datum: epoch, type: 'quantitative' } },
  };
}

function curve(field: string, title: string, stroke: string): Layer {
  return {
    mark: { type: 'line', stroke, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        axis: { grid: false, tickMinStep: 1, title: 'epoch' },
      },
      y: {
        field,
        type: 'quantitative',
        scale: { zero: false },
        axis: { title, tickCount: 5 },
      },
    },
  };
}
