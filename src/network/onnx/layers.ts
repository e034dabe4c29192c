import { activation, relu, softmax } from './activation.ts';
import { batchNormalization } from './batch-norm.ts';
import { conv2d, depthwiseConv2d } from './conv.ts';
import { dense } from './dense.ts';
import { UnsupportedLayerError } from './errors.ts';
import type { LayerKind } from './layer-kind.ts';
import { add, multiply } from './merge.ts';
import type { Operation } from './network.ts';
import { zeroPadding2d } from './padding.ts';
import {
  averagePooling2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  maxPooling2d,
} from './pooling.ts';
import { flatten, reshaping } from './reshape.ts';

/** The layers that can be exported, by their class name; a new one is one entry. */
const layerKinds: ReadonlyMap<string, LayerKind> = new Map([
  ['Activation', activation],
  ['Add', add],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['Conv2D', conv2d],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Flatten', flatten],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['MaxPooling2D', maxPooling2d],
  ['Multiply', multiply],
  ['ReLU', relu],
  ['Reshape', reshaping],
  ['Softmax', softmax],
  ['ZeroPadding2D', zeroPadding2d],
]);

/** @throws UnsupportedLayerError where no entry has the operation's class. */
export function layerKindOf({ name, className }: Operation): LayerKind {
  const kind = layerKinds.get(className);
  if (kind) return kind;
  throw new UnsupportedLayerError(name, className, 'this class of layers is not known.');
}
