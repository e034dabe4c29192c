import { years } from '../format.ts';
import type { MetricsFile } from '../metrics-file.ts';
import type { Plot } from './draw-plot.ts';
import { colours, referenceStroke, type Layer } from './plot-parts.ts';

/** Loss, validation error and learning rate by epoch, or undefined where no history is known. */
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
    caption: `By epoch. Dashed: the best on validation, epoch ${best.epoch} with ${years(best.validationMae)} years, whose weights are the model's.`,
    alternative: `Training curves over ${history.length} epochs; best validation error ${years(best.validationMae)} years after epoch ${best.epoch}.`,
    spec: {
      data: { values: history },
      hconcat: [
        panel('validationMae', 'validation MAE, years', colours.second),
        panel('loss', 'training loss', colours.first),
        panel('learningRate', 'learning rate', colours.third),
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
