import { z } from 'zod';
import { layerKind } from './layer-kind.ts';
import { dataFormatSchema, imageShape } from './shape.ts';

const side = z.int().min(0);
const edgesSchema = z.tuple([z.tuple([side, side]), z.tuple([side, side])]);

/** tf.layers.zeroPadding2d; padding [[top, bottom], [left, right]]. */
export const zeroPadding2d = layerKind({
  config: z.object({ padding: edgesSchema, data_format: dataFormatSchema }),
  outputShape: ({ padding: [[top, bottom], [left, right]] }, [input]) => {
    const [height, width, channels] = imageShape(input);
    return [top + height + bottom, left + width + right, channels];
  },
  emit: ({ graph, config, name, inputs }) => {
    const [[top, bottom], [left, right]] = config.padding;
    const pads = graph.integers(`${name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
    return graph.node('Pad', name, [inputs[0]!.name, pads]);
  },
});
