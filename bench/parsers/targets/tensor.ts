import {
  joinByteElements,
  readInferBody,
  splitByteElements,
  type InferOptions,
} from '../../../src/serving/http/inference-protocol/infer-body.ts';
import { assertEqual, outcomeOf, refusal, type Target } from './target.ts';

const limits = { uploadMaxBytes: 2000, requestMaxBytes: 20_000, maxImages: 4, inputPixels: 16 };

/**
 * A body of `/v2/…/infer`. The first two bytes of an input are the length of its JSON (0xffff: all of the body is JSON).
 * Photos that arrive as binary tensors and as base64 must be the same.
 */
export const tensor: Target = {
  name: 'tensor',
  guidedBy: /src\/(serving\/http\/(inference-protocol|upload)|common)\//,
  words: [
    '{"inputs":[',
    '"name":"image"',
    '"name":"pixels"',
    '"shape":[1]',
    '"shape":[2,2,2,1]',
    '"datatype":"BYTES"',
    '"datatype":"UINT8"',
    '"data":[',
    '"parameters":{"binary_data_size":6}',
    '"outputs":[',
    '"id":"a"',
    '[[[[0]]]]',
    '1e400',
    '-1',
    '9007199254740993',
    '"QUJD"',
    '\x02\0\0\0AB',
    '\xff\xff\xff\xff',
    ']',
    '}',
    ',',
    '\\u0000',
  ],
  seeds: () => [
    body('image', 'BYTES', [1], ['QUJD']),
    body(
      'pixels',
      'UINT8',
      [1, 2, 2, 1],
      [
        [
          [[0], [1]],
          [[254], [255]],
        ],
      ],
    ),
    body('pixels', 'UINT8', [2, 1, 1, 1], [3, 4]),
    binary('image', 'BYTES', [2], joinByteElements(['AB', 'C'])),
    binary('pixels', 'UINT8', [1, 2, 1, 1], Buffer.from([7, 8])),
    Buffer.from('\0\0photo'),
  ],
  run: async (input) => {
    if (input.length < 2) return;
    const length = input.readUInt16LE(0);
    const rest = input.subarray(2);
    const jsonBytes = length === 0xffff ? undefined : length;
    const read = await readInferBody(rest, jsonBytes, limits).catch(refusal);
    if (!('refused' in read)) await assertConsistent(read);
    const elements = outcomeOf(() => splitByteElements(rest, 8));
    if ('refused' in elements || elements.length > 8) return;
    const joined = Buffer.concat(elements.flatMap((each) => [lengthOf(each), each]));
    assertEqual('the elements', joined.equals(rest), true);
  },
};

/** What is read as JSON from binary tensors, written as base64, must be read alike. */
async function assertConsistent({ photos, request }: InferOptions): Promise<void> {
  if (photos.length < 1 || photos.length > limits.maxImages)
    throw new Error(`${photos.length} photos`);
  if (!('bytes' in photos[0]!)) return;
  const data = photos.map((photo) => ('bytes' in photo ? Buffer.from(photo.bytes) : Buffer.of()));
  const again = body(
    'image',
    'BYTES',
    [photos.length],
    data.map((each) => each.toString('base64')),
  );
  const read = await readInferBody(again.subarray(2), undefined, limits);
  const bytes = read.photos.map((photo) =>
    'bytes' in photo ? Buffer.from(photo.bytes) : undefined,
  );
  assertEqual('the photos', bytes, data);
  if (request.outputs !== undefined && request.outputs.length > 16) throw new Error('outputs');
}

function lengthOf(element: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(element.length);
  return length;
}

function body(name: string, datatype: string, shape: number[], data: unknown[]): Buffer {
  const json = JSON.stringify({ id: 'a', inputs: [{ name, datatype, shape, data }] });
  return Buffer.concat([Buffer.of(0xff, 0xff), Buffer.from(json)]);
}

function binary(name: string, datatype: string, shape: number[], bytes: Buffer): Buffer {
  const parameters = { binary_data_size: bytes.length };
  const outputs = [{ name: 'age', parameters: { binary_data: true } }];
  const inputs = [{ name, datatype, shape, parameters }];
  const json = Buffer.from(JSON.stringify({ inputs, outputs }));
  const length = Buffer.alloc(2);
  length.writeUInt16LE(json.length);
  return Buffer.concat([length, json, bytes]);
}
