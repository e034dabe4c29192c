import type { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import type { PhotoEstimate } from '../../../inference/estimator.ts';
import type { Estimates } from '../../predict/predict-service.ts';
import { answerBuckets } from '../../predict/prediction.ts';
import { joinByteElements, type InferOptions } from './infer-body.ts';
import type { inferAnswerSchema, OutputTensor, RequestedOutput } from './protocol-schemas.ts';

/** A tensor with one row for each face, and names for its columns where they have any. */
interface Matrix {
  rows: Float32Array[];
  columns: number;
  labels?: readonly string[];
  /** Whole numbers, in a list instead of a table. */
  isIndex?: boolean;
  /** A list instead of a table of one column. */
  isList?: boolean;
}

type Model = Estimates['model'];

/** Computes each output; `age` is the mean. */
const outputs: Record<string, (estimates: Estimates) => Matrix> = {
  age_distribution: ({ model, faces }) => ({
    rows: faces.map(({ estimate }) => Float32Array.from(estimate.estimate.distribution)),
    columns: model.head.outputLength,
    labels: distributionLabels(model),
  }),
  buckets: ({ model, faces }) => ({
    rows: faces.map(({ estimate }) => bucketRow(estimate.estimate, model)),
    columns: model.head.buckets.length,
    labels: model.head.buckets.map(({ label }) => label),
  }),
  age: ({ faces }) => ({
    rows: faces.map(({ estimate }) => Float32Array.of(estimate.estimate.mean)),
    columns: 1,
  }),
};

/** A further output of versions whose network has a face output. */
const faceProbability: typeof outputs = {
  face_probability: ({ faces }) => ({
    rows: faces.map(({ estimate }) => Float32Array.of(estimate.faceProbability ?? 0)),
    columns: 1,
  }),
};

/** Further outputs where faces were found in the photos. */
const faceOutputs: typeof outputs = {
  photo_index: ({ faces }) => ({
    rows: faces.map(({ photo }) => Float32Array.of(photo)),
    columns: 1,
    isIndex: true,
  }),
  face_box: ({ faces }) => ({
    rows: faces.map(({ estimate }) => boxRow(estimate)),
    columns: 4,
  }),
  face_score: ({ faces }) => ({
    rows: faces.map(({ estimate }) => Float32Array.of(estimate.face?.score ?? 0)),
    columns: 1,
    isList: true,
  }),
};

function boxRow({ face }: PhotoEstimate): Float32Array {
  const { x, y, width, height } = face?.box ?? { x: 0, y: 0, width: 0, height: 0 };
  return Float32Array.of(x, y, width, height);
}

/** The name and the number of columns of each output of a version. */
export function outputColumns({ head, manifest }: Model): [name: string, columns: number][] {
  return [
    ['age_distribution', head.outputLength],
    ['buckets', head.buckets.length],
    ['age', 1],
    ...(manifest.face === undefined ? [] : [['face_probability', 1] as [string, number]]),
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
  const known = knownOutputs(estimates.model, request);
  const every = Object.keys(known).map((output): RequestedOutput => ({ name: output }));
  const wanted = request.outputs?.length ? request.outputs : every;
  const binary: Buffer[] = [];
  const tensors = wanted.map((output): OutputTensor => {
    const isBinary = output.parameters?.binary_data ?? request.parameters?.binary_data_output;
    const { bytes, data, ...tensor } = toTensor(output, matrixOf(output, known, estimates));
    if (isBinary !== true) return { ...tensor, data };
    const behind = bytes();
    binary.push(behind);
    return { ...tensor, parameters: { binary_data_size: behind.length } };
  });
  const named = { model_name: name, model_version: String(version) };
  return { answer: { ...named, ...(id === undefined ? {} : { id }), outputs: tensors }, binary };
}

function knownOutputs({ manifest }: Model, request: InferOptions['request']): typeof outputs {
  const { faces = 'none' } = request.parameters ?? {};
  return {
    ...outputs,
    ...(manifest.face !== undefined && faceProbability),
    ...(faces !== 'none' && faceOutputs),
  };
}

function matrixOf({ name }: RequestedOutput, known: typeof outputs, estimates: Estimates): Matrix {
  if (Object.hasOwn(known, name)) return known[name]!(estimates);
  const names = Object.keys(known).join(', ');
  const hint = Object.hasOwn(faceOutputs, name)
    ? ' That one needs "parameters": {"faces": "all"}.'
    : '';
  throw new ServiceError(
    'malformed_request',
    `There is no such output; there are ${names}.${hint}`,
  );
}

/** The tensor as JSON, and its bytes where the request wants them binary. */
type BothWays = Required<Pick<OutputTensor, 'name' | 'datatype' | 'shape' | 'data'>> & {
  bytes: () => Buffer;
};

function toTensor({ name, parameters }: RequestedOutput, matrix: Matrix): BothWays {
  const { rows, columns, isIndex = false, isList = isIndex } = matrix;
  if (parameters?.classification !== undefined) {
    const count = Math.min(parameters.classification, columns);
    const data = rows.flatMap((row) => classify(row, count, matrix.labels));
    const shape = [rows.length, count];
    return { name, datatype: 'BYTES', shape, data, bytes: () => joinByteElements(data) };
  }
  return {
    name,
    datatype: isIndex ? 'INT64' : 'FP32',
    shape: isList ? [rows.length] : [rows.length, columns],
    data: rows.flatMap((row) => Array.from(row, toShortest)),
    bytes: () => Buffer.concat(rows.map(isIndex ? littleEndianIndices : littleEndian)),
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

function littleEndianIndices(row: Float32Array): Buffer {
  const bytes = Buffer.alloc(row.length * 8);
  row.forEach((value, index) => bytes.writeBigInt64LE(BigInt(value), index * 8));
  return bytes;
}

function bucketRow(estimate: PhotoEstimate['estimate'], { head }: Model): Float32Array {
  return Float32Array.from(answerBuckets(estimate, head.buckets), ({ probability }) => probability);
}

/** Columns of years, or the buckets of a network that has only buckets. */
function distributionLabels({ manifest, head }: Model): string[] {
  const spec = manifest.head;
  if (spec.kind === 'buckets') return spec.buckets.map(({ label }) => label);
  return Array.from({ length: head.outputLength }, (_, index) => String(spec.minAge + index));
}
