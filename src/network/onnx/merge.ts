import { z } from 'zod';
import { refuse } from './errors.ts';
import { type LayerKind, layerKind } from './layer-kind.ts';
import type { Shape } from './shape.ts';

export const add = merge('Add');
export const multiply = merge('Mul');

/** Element by element, sizes of 1 repeated. */
function merge(opType: string): LayerKind {
  return layerKind({
    config: z.object({}),
    outputShape: (_config, inputs) => inputs.reduce(broadcast),
    emit: ({ graph, name, inputs }) =>
      inputs
        .map((input) => input.name)
        .reduce((merged, input) => graph.node(opType, name, [merged, input])),
  });
}

function broadcast(left: Shape, right: Shape): Shape {
  const fits = left.every((size, axis) => {
    const other = right[axis];
    return size === other || size === 1 || other === 1;
  });
  if (!fits || left.length !== right.length) {
    refuse(`its inputs have the shapes [${left.join()}] and [${right.join()}].`);
  }
  return left.map((size, axis) => Math.max(size, right[axis]!));
}
