import type { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import type { Estimates } from '../../predict/predict-service.ts';
import { answerBuckets } from '../../predict/prediction.ts';
import { joinByteElements, type InferOptions } from './infer-body.ts';
import type { inferAnswerSchema, OutputTensor, RequestedOutput } from './protocol-schemas.ts';

/** A tensor with one row for each photo, and names for its columns where they have any. */
interface Matrix {
  rows: Float32Array[];
  labels: readonly string[] | undefined;
}

type Model = Estimates['model'];

/** Computes each output; `age` is the mean. */
const outputs: Record<string, (estimates: Estimates) => Matrix> = {
  age_distribution: ({ model, estimates }) => ({
    rows: estimates.map(({ estimate }) => Float32Array.from(estimate.distribution)),
    labels: distributionLabels(model),
  }),
  buckets: ({ model, estimates }) => ({
    rows: estimates.map(({ estimate }) => bucketRow(estimate, model)),
    labels: model.head.buckets.map(({ label }) => label),
  }),
  age: ({ estimates }) => ({
    rows: estimates.map(({ estimate }) => Float32Array.of(estimate.mean)),
    labels: undefined,
  }),
};

/** The name and the number of columns of each output of a version. */
export function outputColumns({ head }: Model): [name: string, columns: number][] {
  return [
    ['age_distribution', head.outputLength],
    ['buckets', head.buckets.length],
    ['age', 1],
  ];
}

export interface InferAnswer {
  answer: z.infer<typeof inferAnswerSchema>;
  /** Binary tensors, which follow the JSON in this order. */
  binary: Buffer[];
}

/** @throws ServiceError `malformed_request` where the request names an unknown output */
export function toInferAnswer(estimates: Estimates, { id, request }: InferOptions): InferAnswer {
  const { name, version } = estimates.model.manifest;
  const wanted = request.outputs?.length ? request.outputs : everyOutput;
  const binary: Buffer[] = [];
  const tensors = wanted.map((output): OutputTensor => {
    const isBinary = output.parameters?.binary_data ?? request.parameters?.binary_data_output;
    const { bytes, data, ...tensor } = toTensor(output, estimates);
    if (isBinary !== true) return { ...tensor, data };
    const behind = bytes();
    binary.push(behind);
    return { ...tensor, parameters: { binary_data_size: behind.length } };
  });
  const named = { model_name: name, model_version: String(version) };
  return { answer: { ...named, ...(id === undefined ? {} : { id }), outputs: tensors }, binary };
}

const everyOutput: RequestedOutput[] = Object.keys(outputs).map((name) => ({ name }));

/** The tensor as JSON, and its bytes where the request wants them binary. */
type BothWays = Required<Pick<OutputTensor, 'name' | 'datatype' | 'shape' | 'data'>> & {
  bytes: () => Buffer;
};

function toTensor({ name, parameters }: RequestedOutput, estimates: Estimates): BothWays {
  const matrix = Object.hasOwn(outputs, name) ? outputs[name]!(estimates) : undefined;
  if (matrix === undefined) {
    const known = Object.keys(outputs).join(', ');
    throw new ServiceError('malformed_request', `There is no such output; there are ${known}.`);
  }
  const { rows } = matrix;
  if (parameters?.classification !== undefined) {
    const count = Math.min(parameters.classification, rows[0]!.length);
    const data = rows.flatMap((row) => classify(row, count, matrix.labels));
    const shape = [rows.length, count];
    return { name, datatype: 'BYTES', shape, data, bytes: () => joinByteElements(data) };
  }
  return {
    name,
    datatype: 'FP32',
    shape: [rows.length, rows[0]!.length],
    data: rows.flatMap((row) => Array.from(row, toShortest)),
    bytes: () => Buffer.concat(rows.map(littleEndian)),
  };
}

/** `value:index:label` of the largest values in descending order (classification extension). */
function classify(row: Float32Array, count: number, labels: Matrix['labels']): string[] {
  return Array.from(row, (value, index) => ({ value, index }))
    .toSorted((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, count)
    .map(({ value, index }) => [toShortest(value), index, labels?.[index] ?? []].flat().join(':'));
}

/** Nine digits represent a 32-bit float exactly. */
function toShortest(value: number): number {
  return Number(value.toPrecision(9));
}

function littleEndian(row: Float32Array): Buffer {
  const bytes = Buffer.alloc(row.length * 4);
  row.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes;
}

function bucketRow(estimate: Estimates['estimates'][number]['estimate'], { head }: Model) {
  return Float32Array.from(answerBuckets(estimate, head.buckets), ({ probability }) => probability);
}

/** Columns of years, or the buckets of a network that has only buckets. */
function distributionLabels({ manifest, head }: Model): string[] {
  const spec = manifest.head;
  if (spec.kind === 'buckets') return spec.buckets.map(({ label }) => label);
  return Array.from({ length: head.outputLength }, (_, index) => String(spec.minAge + index));
}
