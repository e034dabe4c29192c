import request, { type Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inferAnswerSchema } from '../../../src/serving/http/inference-protocol/protocol-schemas.ts';
import { answerTo } from '../../support/answer-to.ts';
import { SIDE } from '../../support/models/example-manifest.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { exchange, listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

// No client of the protocol is published for JavaScript: requests are written out byte for byte from the
// specification of the protocol and of its extensions.

let service: TestService;
let server: ListeningServer;
let young: Buffer;
let old: Buffer;

beforeAll(async () => {
  service = await createTestService();
  server = await listen(service.app);
  young = await grayJpeg(levelOfAge(25));
  old = await grayJpeg(levelOfAge(71));
});
afterAll(async () => {
  await server.close();
  await service.close();
});

const model = '/v2/models/face-age';
const dataOf = async (test: Test, name: string) => {
  const { body } = await answerTo(test.expect(200));
  return inferAnswerSchema.parse(body).outputs.find((output) => output.name === name)?.data;
};
/** A BYTES element in hex. */
const text = (content: string) =>
  `${content.length.toString(16).padStart(2, '0')}000000${Buffer.from(content).toString('hex')}`;

describe('infer with binary tensors', () => {
  /** A request as the specification has it: the JSON, then the tensors, and the length of the JSON in a header. */
  async function post(json: object, ...tensors: Buffer[]) {
    const head = Buffer.from(JSON.stringify(json));
    const response = await fetch(`http://127.0.0.1:${server.port}${model}/infer`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/octet-stream',
        'Inference-Header-Content-Length': String(head.length),
      },
      body: Buffer.concat([head, ...tensors]),
    });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  }
  const element = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };

  it('reads photos behind their lengths and writes floats, little-endian', async () => {
    const tensor = Buffer.concat([element(young), element(old)]);
    const { response, bytes } = await post(
      {
        inputs: [
          {
            name: 'image',
            datatype: 'BYTES',
            shape: [2],
            parameters: { binary_data_size: tensor.length },
          },
        ],
        outputs: [
          { name: 'age', parameters: { binary_data: true } },
          { name: 'buckets', parameters: { binary_data: true, classification: 1 } },
        ],
      },
      tensor,
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const jsonBytes = Number(response.headers.get('inference-header-content-length'));
    const { outputs } = inferAnswerSchema.parse(JSON.parse(bytes.toString('utf8', 0, jsonBytes)));
    expect(outputs).toEqual([
      { name: 'age', datatype: 'FP32', shape: [2, 1], parameters: { binary_data_size: 8 } },
      { name: 'buckets', datatype: 'BYTES', shape: [2, 1], parameters: { binary_data_size: 26 } },
    ]);
    expect(bytes.subarray(jsonBytes).toString('hex')).toBe(
      `0000c84100008e42${text('1:2:20-29')}${text('1:7:70-79')}`,
    );
  });

  it('reads pixels, and writes all outputs in binary if the request asks for that', async () => {
    const { bytes, response } = await post(
      {
        parameters: { binary_data_output: true },
        inputs: [
          {
            name: 'pixels',
            datatype: 'UINT8',
            shape: [1, SIDE, SIDE, 1],
            parameters: { binary_data_size: SIDE * SIDE },
          },
        ],
      },
      Buffer.alloc(SIDE * SIDE, levelOfAge(71)),
    );
    const jsonBytes = Number(response.headers.get('inference-header-content-length'));
    expect(bytes.length).toBe(jsonBytes + 4 * (101 + 10 + 1));
    expect(bytes.readFloatLE(bytes.length - 4)).toBe(71);
  });

  it('refuses lengths that do not add up', async () => {
    const input = { name: 'image', datatype: 'BYTES', shape: [1] };
    const tensor = element(young);
    const size = (bytes: number) => ({
      inputs: [{ ...input, parameters: { binary_data_size: bytes } }],
    });
    for (const [json, body] of [
      [size(tensor.length + 1), tensor],
      [size(tensor.length - 1), tensor],
      [size(5), Buffer.from('ffffffffff', 'hex')],
      [size(3), Buffer.from('000000', 'hex')],
    ] as const) {
      expect((await post(json, body)).response.status).toBe(400);
    }
  });

  it('accepts a body that is one photo, as plain curl sends it', async () => {
    for (const headers of [
      { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': '0' },
      { 'Content-Type': 'image/jpeg' },
    ]) {
      const test = request(service.app).post(`${model}/infer`).set(headers).send(old);
      expect(await dataOf(test, 'age')).toEqual([71]);
    }
  });

  it('accepts a request written out byte for byte', async () => {
    const tensor = Buffer.alloc(SIDE * SIDE, levelOfAge(25)).toString('latin1');
    const json =
      '{"inputs":[{"name":"pixels","shape":[1,16,16,1],"datatype":"UINT8",' +
      '"parameters":{"binary_data_size":256}}],"outputs":[{"name":"age"}]}';
    const answer = await exchange(
      server.port,
      'POST /v2/models/face-age/infer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' +
        'Content-Type: application/octet-stream\r\n' +
        `Inference-Header-Content-Length: ${json.length}\r\n` +
        `Content-Length: ${json.length + 256}\r\n\r\n${json}${tensor}`,
    );
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain(
      '"outputs":[{"name":"age","datatype":"FP32","shape":[1,1],"data":[25]',
    );
  });
});
