/** The tfjs topology of a softmax over weighted sums of side × side pixels, for handwritten weights. */
export function softmaxNetwork(side: number, outputs: number) {
  const layer = (class_name: string, config: object) => ({ class_name, config });
  return {
    modelTopology: {
      class_name: 'Sequential',
      config: {
        name: 'tiny',
        layers: [
          layer('Flatten', { name: 'flatten', batch_input_shape: [null, side, side, 1] }),
          layer('Dense', { name: 'dense', units: outputs, activation: 'softmax', use_bias: true }),
        ],
      },
    },
    weightSpecs: [
      { name: 'dense/kernel', shape: [side * side, outputs], dtype: 'float32' },
      { name: 'dense/bias', shape: [outputs], dtype: 'float32' },
    ],
  };
}
