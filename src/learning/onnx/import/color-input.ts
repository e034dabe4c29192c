import { dataType } from '../proto.ts';
import { intAttribute, tensorOf, type Step } from './step.ts';

/** How a color graph takes its colors. */
export interface ColorInput {
  /** Blue comes first. */
  bgr?: boolean | undefined;
  /** Per channel in the graph's order: the input is (level / 255 − mean) / std. */
  means?: readonly [number, number, number] | undefined;
  stds?: readonly [number, number, number] | undefined;
}

/** Position of the channels in [n, height, width, channels]. */
const CHANNELS_AXIS = 3;

/** The steps from interleaved RGB, from 0 to 1, to what a graph takes. */
export function colorSteps({ bgr = false, means, stds }: ColorInput): {
  steps: Step[];
  notes: string[];
} {
  const steps: Step[] = [];
  const notes: string[] = [];
  if (bgr) {
    const order = tensorOf(dataType.int64, [3], new BigInt64Array([2n, 1n, 0n]));
    const axis = [intAttribute('axis', CHANNELS_AXIS)];
    steps.push({ operator: 'Gather', attributes: axis, constants: [order] });
    notes.push('reorders RGB to BGR');
  }
  if (means !== undefined && stds !== undefined) {
    const constant = (values: readonly number[]) =>
      tensorOf(dataType.float32, [values.length], Float32Array.from(values));
    steps.push({ operator: 'Sub', constants: [constant(means)] });
    steps.push({ operator: 'Div', constants: [constant(stds)] });
    notes.push('normalizes each channel by its mean and standard deviation');
  }
  return { steps, notes };
}
