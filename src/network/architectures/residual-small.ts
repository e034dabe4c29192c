import type { z } from 'zod';
import type { Architecture } from './architecture.ts';
import { residual, residualSettings } from './residual.ts';

const smallSettings = residualSettings.extend({
  stemChannels: residualSettings.shape.stemChannels.default(12),
  stages: residualSettings.shape.stages.default([
    { channels: 20, blocks: 1 },
    { channels: 32, blocks: 1 },
    { channels: 64, blocks: 2 },
    { channels: 128, blocks: 1 },
  ]),
  dropout: residualSettings.shape.dropout.default(0.2),
});

/** The residual network for weak machines: at most 25 M multiply-accumulates at 120×120. */
export const residualSmallArchitecture: Architecture<typeof smallSettings> = {
  answers: 'age-distribution',
  settings: smallSettings,
  recipe: {},
  build: (tf, options: Partial<z.infer<typeof smallSettings>>) =>
    residual(tf, { ...smallSettings.parse({}), ...options }),
};
