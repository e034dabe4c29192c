import type { Size } from '../../../inference/preprocess/spec.ts';
import { InvalidModelError } from '../errors.ts';
import type { GraphValue } from './graph-signature.ts';
import { attributeType, dataType } from '../proto.ts';
import { colorSteps, type ColorInput } from './color-input.ts';
import { castTo, tensorOf, type Step } from './step.ts';

/** What lies between photos of float32 [n, height, width, channels] and the input of a graph. */
export interface InputPlan {
  size: Size;
  /** 1 for gray levels, 3 for colors in the order red, green, blue. */
  channels: 1 | 3;
  steps: Step[];
  /** Whether the graph takes levels from 0 to 255 rather than normalized ones. */
  takesLevels: boolean;
  /** Whether the graph states a batch of one, which any number of photos replaces. */
  freesBatch: boolean;
  notes: string[];
}

/** Of a graph that states no size. */
const DEFAULT_SIDE = 120;
const FLOAT16 = 10;

/** Where the dimensions of a photo stand in the shape of an input. */
interface Layout {
  size: { width: number | null; height: number | null };
  channels: 1 | 3;
  /** The order of the dimensions, behind that of the photos. */
  order: 'height-width-channels' | 'channels-height-width' | 'height-width' | 'flat';
}

/**
 * @param wanted the size of the photos; by default the one that the input states
 * @param colors how the graph takes its colors; by default red, green and blue with one mean and deviation
 * @throws InvalidModelError if the input takes no photos; the message says what to change
 */
export function inputPlan(input: GraphValue, wanted?: Size, colors: ColorInput = {}): InputPlan {
  const layout = layoutOf(input, wanted);
  const size = sizeOf(layout, wanted);
  const plan: InputPlan = {
    ...{ size, channels: layout.channels, steps: [], notes: [] },
    ...{ takesLevels: false, freesBatch: false },
  };
  addColorSteps(plan, input, colors);
  if (layout.order === 'channels-height-width') {
    const perm = { name: 'perm', type: attributeType.ints, ints: [0, 3, 1, 2] };
    plan.steps.push({ operator: 'Transpose', attributes: [perm] });
    plan.notes.push('moves the channels first');
  }
  if (layout.order === 'height-width' || layout.order === 'flat') {
    const { width, height } = size;
    const shape = layout.order === 'flat' ? [0, width * height] : [0, height, width];
    const constants = [
      tensorOf(dataType.int64, [shape.length], new BigInt64Array(shape.map(BigInt))),
    ];
    plan.steps.push({ operator: 'Reshape', constants });
    plan.notes.push(`reshapes each photo to ${shape.slice(1).join('×')}`);
  }
  addTypeSteps(plan, input);
  freeBatch(plan, input);
  return plan;
}

function addColorSteps(plan: InputPlan, { elementType }: GraphValue, colors: ColorInput): void {
  const { steps, notes } = colorSteps(colors);
  if (plan.channels === 1 && steps.length > 0)
    throw new InvalidModelError(
      'The graph takes gray photos: --bgr, and three numbers for --mean and --std, are for color.',
    );
  if (elementType === dataType.uint8 && colors.means !== undefined)
    throw new InvalidModelError(
      'The graph takes whole levels from 0 to 255, so that --mean and --std have no use: leave them out.',
    );
  plan.steps.push(...steps);
  plan.notes.push(...(plan.channels === 3 ? ['passes RGB instead of gray levels'] : []), ...notes);
}

function layoutOf({ name, dims }: GraphValue, wanted?: Size): Layout {
  // Without a shape, the input is taken for one that needs no change.
  if (dims === undefined) return photosLast(null, null, 1);
  const [, first, second, third] = dims;
  if (dims.length === 4) {
    if (isChannels(third)) return photosLast(first!, second!, third);
    if (isChannels(first))
      return {
        ...{ size: { height: second!, width: third! }, channels: first },
        order: 'channels-height-width',
      };
    if (third === null) return photosLast(first!, second!, 1);
  }
  if (dims.length === 3) {
    const size = { height: first!, width: second! };
    return { size, channels: 1, order: 'height-width' };
  }
  if (dims.length === 2 && wanted && (first === null || first === wanted.width * wanted.height))
    return { size: { width: null, height: null }, channels: 1, order: 'flat' };
  const shown = dims.map((size) => size ?? '?').join(', ');
  const flat = dims.length === 2 ? '; for rows of pixels, give their --size' : '';
  throw new InvalidModelError(
    `The input ${name} of the graph has the shape [${shown}]; it must be [n, height, width, channels] or ` +
      `[n, channels, height, width] with 1 or 3 channels${flat}.`,
  );
}

function photosLast(height: number | null, width: number | null, channels: 1 | 3): Layout {
  return { size: { height, width }, channels, order: 'height-width-channels' };
}

function isChannels(size: number | null | undefined): size is 1 | 3 {
  return size === 1 || size === 3;
}

function sizeOf({ size: { width, height } }: Layout, wanted?: Size): Size {
  const own = {
    width: width ?? wanted?.width ?? DEFAULT_SIDE,
    height: height ?? wanted?.height ?? DEFAULT_SIDE,
  };
  if (wanted === undefined || (wanted.width === own.width && wanted.height === own.height))
    return own;
  throw new InvalidModelError(
    `The graph takes photos of ${own.width}×${own.height}, not of ${wanted.width}×${wanted.height}: leave out --size.`,
  );
}

function addTypeSteps(plan: InputPlan, { name, elementType }: GraphValue): void {
  if (elementType === undefined || elementType === dataType.float32) return;
  if (elementType === FLOAT16) {
    plan.steps.push(castTo(FLOAT16));
    plan.notes.push('converts the input to 16-bit floats');
    return;
  }
  if (elementType !== dataType.uint8)
    throw new InvalidModelError(
      `The input ${name} of the graph has another type than float32, float16 and uint8.`,
    );
  // Cast cuts off what is behind the point.
  const half = tensorOf(dataType.float32, [], Float32Array.of(0.5));
  plan.steps.push({ operator: 'Add', constants: [half] }, castTo(dataType.uint8));
  plan.takesLevels = true;
  plan.notes.push('converts the input to whole levels from 0 to 255');
}

function freeBatch(plan: InputPlan, { dims }: GraphValue): void {
  const batch = dims?.[0] ?? null;
  if (batch === null) return;
  if (batch !== 1)
    throw new InvalidModelError(
      `The graph takes exactly ${batch} photos at a time; export it with a free first dimension.`,
    );
  plan.freesBatch = true;
  plan.notes.push('frees the first dimension, which the graph states as 1');
}
