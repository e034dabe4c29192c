/** A recipe that learns drawn faces in seconds. */
export const smokeRecipe = {
  architecture: 'residual-small',
  network: {
    stemChannels: 16,
    stages: [
      { channels: 16, blocks: 1 },
      { channels: 32, blocks: 1 },
      { channels: 64, blocks: 1 },
    ],
  },
  epochs: 16,
  batchSize: 32,
  averageDecay: 0.95,
  mixupProbability: 0,
} as const;
