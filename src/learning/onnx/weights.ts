import { z } from 'zod';
import { InvalidModelError } from './errors.ts';

export interface Tensor {
  dims: readonly number[];
  data: Float32Array;
}

/** Weights by name within the layer: `kernel`, `bias`, … */
export type LayerWeights = ReadonlyMap<string, Tensor>;

const weightSpecsSchema = z.array(
  z.object({
    name: z.string(),
    shape: z.array(z.int().min(0)),
    dtype: z.literal('float32', 'only float32 weights can be exported'),
    quantization: z.undefined('quantized weights cannot be exported').optional(),
  }),
);

/**
 * Splits the weight data according to the specs: float32, little-endian, in the order of the specs.
 * @param data one buffer, or the parts of one.
 * @returns the weights by full name, `<layer>/<weight>`.
 * @throws InvalidModelError if the data does not match the specs.
 */
export function readWeights(
  specs: unknown,
  data: ArrayBuffer | Uint8Array | readonly ArrayBuffer[],
): Map<string, Tensor> {
  const parsed = weightSpecsSchema.safeParse(specs);
  if (!parsed.success) throw new InvalidModelError(`Weights: ${z.prettifyError(parsed.error)}`);
  const bytes = joined(data);
  const weights = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, shape } of parsed.data) {
    const end = offset + 4 * shape.reduce((product, size) => product * size, 1);
    if (end > bytes.byteLength) throw new InvalidModelError(`The weight data ends within ${name}.`);
    weights.set(name, { dims: shape, data: new Float32Array(bytes.slice(offset, end).buffer) });
    offset = end;
  }
  if (offset === bytes.byteLength) return weights;
  throw new InvalidModelError(`The weight data has ${bytes.byteLength - offset} bytes too many.`);
}

function joined(data: ArrayBuffer | Uint8Array | readonly ArrayBuffer[]): Uint8Array {
  if (data instanceof Uint8Array) {
    // `slice` of a Buffer would share its memory, which may be unaligned.
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const bytes = new Uint8Array(data.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of data) {
    bytes.set(new Uint8Array(part), offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** The weights of one layer, by short name. */
export function weightsOfLayer(weights: ReadonlyMap<string, Tensor>, layer: string): LayerWeights {
  const prefix = `${layer}/`;
  return new Map(
    [...weights]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/**
 * Returns a weight by name.
 * @throws InvalidModelError if it is missing or has different dimensions.
 */
export function weightOf(
  weights: LayerWeights,
  layer: string,
  name: string,
  dims: readonly number[],
): Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new InvalidModelError(`The weight ${layer}/${name} is missing.`);
  if (tensor.dims.join() === dims.join()) return tensor;
  throw new InvalidModelError(
    `${layer}/${name} has the dimensions [${tensor.dims.join()}], not [${dims.join()}].`,
  );
}
