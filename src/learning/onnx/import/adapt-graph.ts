import type { Size } from '../../../inference/preprocess/spec.ts';
import { InvalidModelError } from '../errors.ts';
import {
  concat,
  contentOf,
  encodeField,
  fieldsOf,
  freeName,
  graphFields,
  namesIn,
  withGraph,
  type Field,
} from './graph-fields.ts';
import { readSignature, type GraphValue } from './graph-signature.ts';
import type { ColorInput } from './color-input.ts';
import { inputPlan, type InputPlan } from './input-plan.ts';
import { castTo, intAttribute, type Step } from './step.ts';
import { dataType, modelProto, type NodeProto } from '../proto.ts';

/** How the graph is to be used. */
export interface AdaptOptions {
  /** Of the photos; by default the graph's own. */
  size?: Size | undefined;
  /** How a color graph takes its colors. */
  colors?: ColorInput | undefined;
  /** The output are logits, which a softmax turns into probabilities. */
  logits: boolean;
  /** The output that holds the face probability, which is kept as it is; the first of the others is the distribution. */
  faceOutput?: string | undefined;
}

export interface AdaptedGraph {
  graph: Uint8Array;
  size: Size;
  channels: 1 | 3;
  /** Whether the graph takes levels from 0 to 255 rather than normalized ones. */
  takesLevels: boolean;
  /** What was inserted, for the user. */
  notes: string[];
}

/** Float types that a Cast turns into float32. */
const FLOAT16 = 10;
const FLOAT64 = 11;

const nodeProto = modelProto.root.lookupType('onnx.NodeProto');
const tensorProto = modelProto.root.lookupType('onnx.TensorProto');
const valueInfoProto = modelProto.root.lookupType('onnx.ValueInfoProto');

/**
 * Inserts into a graph of others what it takes to feed it float32 [n, height, width, channels] and to read float32 [n, k]: a
 * transposition, conversions of types, a softmax. Everything else is kept byte for byte.
 * @throws InvalidModelError if the file is not an ONNX file, or cannot be adapted; the message says what to change
 */
export function adaptGraph(file: Uint8Array, options: AdaptOptions): AdaptedGraph {
  const { inputs, outputs } = readSignature(file);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    throw new InvalidModelError(
      `The graph has ${inputs.length} inputs (${inputs.map(({ name }) => name).join(', ')}); it must have one, the photos.`,
    );
  const plan = inputPlan(input, options.size, options.colors);
  const output = outputs.find(({ name }) => name !== options.faceOutput);
  if (output === undefined)
    throw new InvalidModelError('The graph has no output to take ages from.');
  const outputPlan = outputSteps(output, options);
  const { size, channels, takesLevels } = plan;
  const notes = [...plan.notes, ...outputPlan.notes];
  if (plan.steps.length + outputPlan.steps.length === 0 && !plan.freesBatch)
    return { graph: file, size, channels, takesLevels, notes };
  const graph = withGraph(file, (bytes) =>
    rewire(bytes, { input, plan, output, outputPlan, ...options }),
  );
  return { graph, size, channels, takesLevels, notes };
}

interface OutputPlan {
  steps: Step[];
  notes: string[];
}

function outputSteps({ name, elementType }: GraphValue, { logits }: AdaptOptions): OutputPlan {
  const plan: OutputPlan = { steps: [], notes: [] };
  if (elementType === FLOAT16 || elementType === FLOAT64) {
    plan.steps.push(castTo(dataType.float32));
    plan.notes.push(`converts the output ${name} to 32-bit floats`);
  } else if (elementType !== undefined && elementType !== dataType.float32)
    throw new InvalidModelError(`The output ${name} of the graph is not a float tensor.`);
  if (logits) {
    plan.steps.push({ operator: 'Softmax', attributes: [intAttribute('axis', 1)] });
    plan.notes.push(`adds a softmax to the output ${name}`);
  }
  return plan;
}

interface Rewiring {
  input: GraphValue;
  plan: InputPlan;
  output: GraphValue;
  outputPlan: OutputPlan;
  faceOutput?: string | undefined;
}

/** @param graph the bytes of a GraphProto */
function rewire(
  graph: Uint8Array,
  { input, plan, output, outputPlan, faceOutput }: Rewiring,
): Uint8Array {
  const fields = fieldsOf(graph);
  const taken = new Set([...namesIn(fields), input.name, output.name]);
  const name = (preferred: string) => {
    const free = freeName(taken, preferred);
    taken.add(free);
    return free;
  };
  const photos = plan.steps.length === 0 ? input.name : name('photos');
  const ages = outputPlan.steps.length === 0 ? output.name : name('ages');
  const before = chain(photos, input.name, plan.steps, name);
  const after = chain(output.name, ages, outputPlan.steps, name);
  const kept = fields.filter(
    (field) => !isReplaced(field, { input, faceOutput, freesBatch: plan.freesBatch }),
  );
  return concat([
    // Nodes stand behind the nodes that they read from.
    ...before.nodes,
    ...kept.map(({ bytes }) => bytes),
    ...after.nodes,
    ...before.constants,
    ...after.constants,
    valueField(graphFields.input, photos, [null, plan.size.height, plan.size.width, plan.channels]),
    valueField(graphFields.output, ages),
  ]);
}

function isReplaced(
  field: Field,
  {
    input,
    faceOutput,
    freesBatch,
  }: { input: GraphValue; faceOutput: string | undefined; freesBatch: boolean },
): boolean {
  // The shapes of values in between may state the batch size that is freed; they are only hints.
  if (field.number === graphFields.valueInfo) return freesBatch;
  if (field.number !== graphFields.input && field.number !== graphFields.output) return false;
  const { name } = valueInfoProto.decode(contentOf(field)) as unknown as { name: string };
  return field.number === graphFields.input ? name === input.name : name !== faceOutput;
}

/** The nodes from one value to another, and their constants. */
function chain(
  from: string,
  to: string,
  steps: readonly Step[],
  name: (preferred: string) => string,
): { nodes: Uint8Array[]; constants: Uint8Array[] } {
  let value = from;
  const constants: Uint8Array[] = [];
  const nodes = steps.map((step, index) => {
    const output = index === steps.length - 1 ? to : name(`${from}_${step.operator.toLowerCase()}`);
    const added = (step.constants ?? []).map((tensor) => ({
      ...tensor,
      name: name(`${from}_constant`),
    }));
    constants.push(
      ...added.map((tensor) =>
        encodeField(graphFields.initializer, tensorProto.encode(tensor).finish()),
      ),
    );
    const input = [value, ...added.map((tensor) => tensor.name)];
    value = output;
    const node: NodeProto = {
      ...{ op_type: step.operator, name: `face_age_${output}`, input, output: [output] },
      attribute: step.attributes ?? [],
    };
    return encodeField(graphFields.node, nodeProto.encode(node).finish());
  });
  return { nodes, constants };
}

function valueField(number: number, name: string, dims?: readonly (number | null)[]): Uint8Array {
  const dim = dims?.map((size) => (size === null ? { dim_param: 'n' } : { dim_value: size }));
  const shape = dim && { shape: { dim } };
  const value = { name, type: { tensor_type: { elem_type: dataType.float32, ...shape } } };
  return encodeField(number, valueInfoProto.encode(value).finish());
}
