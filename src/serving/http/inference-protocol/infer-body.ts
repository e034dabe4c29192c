import { setImmediate as nextTurn } from 'node:timers/promises';
import { ServiceError } from '../../../common/errors.ts';
import type { ReceivedPhoto, ReceivedPixels } from '../../predict/predict-request.ts';
import { LongString } from '../../../common/json/parse-json.ts';
import type { JsonBounds } from '../../../common/json/scan-json.ts';
import { firstFault, parseJson } from '../upload/body.ts';
import { decodePhoto } from '../upload/photo-upload.ts';
import { imageTooLarge, tooManyImages, type UploadLimits } from '../upload/upload-limits.ts';
import {
  inferRequestSchema,
  MOST_VALUES,
  type InferRequest,
  type InputTensor,
} from './protocol-schemas.ts';
import { malformed, misshapen, readLevels, valuesOf } from './tensor-values.ts';

const LENGTH_BYTES = 4;

export interface InferLimits extends UploadLimits {
  /** Pixels of a photo as the network takes it. */
  inputPixels: number;
}

/** Arrays of one pixel, the innermost of a nested tensor, double its elements; its rows are far fewer. */
const ELEMENTS_PER_PIXEL = 2.1;
const OTHER_ELEMENTS = 1000;

/** A request that uses all of the limits fits. */
function jsonBounds({ maxImages, inputPixels }: InferLimits): JsonBounds {
  const elements = ELEMENTS_PER_PIXEL * maxImages * inputPixels + OTHER_ELEMENTS;
  return { elements: Math.min(elements, 2 * MOST_VALUES), members: 1000, depth: 16 };
}

function tooManyElements({ maxImages, inputPixels }: InferLimits): ServiceError {
  return malformed(
    `its arrays have more elements than ${maxImages} photos of ${inputPixels} pixels; send fewer at a time`,
  );
}

/**
 * Parses a BYTES tensor, whose elements follow their length in 4 bytes, little-endian. It stops at the first element
 * beyond `most`: an empty element has 4 bytes, but takes about a hundred as a buffer.
 * @throws ServiceError `malformed_request`
 */
export function splitByteElements(tensor: Buffer, most: number): Buffer[] {
  const elements: Buffer[] = [];
  for (let at = 0; at < tensor.length && elements.length <= most;) {
    const start = at + LENGTH_BYTES;
    const end = start <= tensor.length ? start + tensor.readUInt32LE(at) : Infinity;
    if (end > tensor.length) {
      throw new ServiceError('malformed_request', 'A BYTES element ends beyond its tensor.');
    }
    elements.push(tensor.subarray(start, end));
    at = end;
  }
  return elements;
}

export function joinByteElements(elements: readonly string[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const bytes = Buffer.from(element);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** A parsed request. */
export interface InferOptions {
  id?: string | undefined;
  photos: readonly (ReceivedPhoto | ReceivedPixels)[];
  request: Pick<InferRequest, 'outputs' | 'parameters'>;
}

/**
 * Parses a body: JSON with the tensors in it or, with the binary tensor extension, after it.
 * @param jsonBytes the length of the JSON, from `Inference-Header-Content-Length`; 0 where the body is one photo
 * @throws ServiceError `malformed_request` and those of the limits
 */
export async function readInferBody(
  body: Buffer,
  jsonBytes: number | undefined,
  limits: InferLimits,
): Promise<InferOptions> {
  if (jsonBytes === 0) return { photos: [checkPhoto(body, limits)], request: {} };
  if (jsonBytes !== undefined && jsonBytes > body.length) {
    throw malformed('Inference-Header-Content-Length is beyond the end of the body');
  }
  const json = await parseJson(body.subarray(0, jsonBytes), jsonBounds(limits), {
    elements: () => tooManyElements(limits),
  });
  await nextTurn();
  const parsed = inferRequestSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = firstFault(parsed.error);
    throw malformed(`"${path}": ${message}`);
  }
  const behind = takeBinary(parsed.data.inputs, body.subarray(jsonBytes ?? body.length));
  return { id: parsed.data.id, photos: await readInput(behind, limits), request: parsed.data };
}

interface Input {
  tensor: InputTensor;
  binary: Buffer | undefined;
}

/** Binary tensors follow the JSON in the order of the inputs. */
function takeBinary(inputs: readonly InputTensor[], behind: Buffer): Input {
  let at = 0;
  const taken = inputs.map((tensor): Input => {
    const bytes = tensor.parameters?.binary_data_size;
    if (bytes === undefined) return { tensor, binary: undefined };
    const binary = behind.subarray(at, at + bytes);
    if (binary.length < bytes) throw malformed(`"${tensor.name}" has fewer bytes than it says`);
    at += bytes;
    return { tensor, binary };
  });
  if (at < behind.length) throw malformed('the body is longer than its tensors');
  const [input, ...more] = taken;
  if (more.length > 0) throw malformed('give one input, "image" or "pixels"');
  return input!;
}

async function readInput(
  input: Input,
  limits: InferLimits,
): Promise<(ReceivedPhoto | ReceivedPixels)[]> {
  const { name, datatype, shape } = input.tensor;
  if (name === 'image' && datatype === 'BYTES') return readPhotos(input, limits);
  const hasChannels = shape.length === 4 && (shape[3] === 1 || shape[3] === 3);
  if (name === 'pixels' && datatype === 'UINT8' && hasChannels) return readPixels(input, limits);
  throw malformed(
    'the inputs are "image", BYTES of shape [n], and "pixels", UINT8 of shape [n, height, width, 1], or 3 for color',
  );
}

async function readPhotos(
  { tensor, binary }: Input,
  limits: UploadLimits,
): Promise<ReceivedPhoto[]> {
  const count = tensor.shape.reduce((product, length) => product * length, 1);
  checkCount(count, limits);
  const elements =
    binary === undefined
      ? await decodeInTurn(valuesOf(tensor, count), limits)
      : splitByteElements(binary, count);
  if (elements.length !== count) throw misshapen(tensor, elements.length, count);
  return elements.map((element) => checkPhoto(element, limits));
}

function readPixels({ tensor, binary }: Input, limits: UploadLimits): ReceivedPixels[] {
  const [count, height, width, channels] = tensor.shape as [number, number, number, number];
  checkCount(count, limits);
  const size = height * width * channels;
  const levels = binary ?? readLevels(tensor, count * size);
  if (levels.length !== count * size) throw misshapen(tensor, levels.length, count * size);
  return Array.from({ length: count }, (_, index) => ({
    pixels: levels.subarray(index * size, (index + 1) * size),
  }));
}

/** One after the other, as each takes turns of the event loop. */
async function decodeInTurn(texts: readonly unknown[], limits: UploadLimits): Promise<Buffer[]> {
  const elements: Buffer[] = [];
  for (const [index, text] of texts.entries()) {
    const where = `data[${index}]`;
    if (typeof text !== 'string' && !(text instanceof LongString))
      throw malformed(`${where} is no base64 text`);
    elements.push(await decodePhoto(text, where, limits));
  }
  return elements;
}

function checkCount(count: number, { maxImages }: UploadLimits): void {
  if (count === 0) throw new ServiceError('no_image', 'The input is empty.');
  if (count > maxImages) throw tooManyImages(maxImages);
}

function checkPhoto(bytes: Buffer, { uploadMaxBytes }: UploadLimits): ReceivedPhoto {
  if (bytes.length === 0) throw new ServiceError('no_image', 'The photo has no bytes.');
  if (bytes.length > uploadMaxBytes) throw imageTooLarge(uploadMaxBytes);
  return { bytes };
}
