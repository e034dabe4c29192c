import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { post, type Attack } from '../fuzz/attack.ts';
import { multipartPayload } from '../support/payload.ts';
import { makeBombs, type Bomb } from './bombs.ts';

/** One row of the table: requests that are sent at the same time. */
export interface Scene {
  name: string;
  requests: readonly Attack[];
}

const MEGABYTE = 1_000_000;
const json = { 'Content-Type': 'application/json' };

/** Requests that took a server of version 0.1 down, or kept it from answering others. */
export async function readScenes(options: { short: boolean; files?: string }): Promise<Scene[]> {
  const bombs = await makeBombs(options);
  if (options.files !== undefined) bombs.push(...(await filesIn(options.files)));
  const decoding = bombs.flatMap(({ name, bytes }) => [
    one(name, photos(bytes)),
    one(`${name}, 16 in one request`, photos(...new Array<Buffer>(16).fill(bytes))),
  ]);
  return [...jsonScenes(), ...uploadScenes(), ...decoding];
}

const one = (name: string, request: Attack): Scene => ({ name, requests: [request] });

async function filesIn(folder: string): Promise<Bomb[]> {
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(path.join(folder, name)) })),
  );
}

function photos(...files: readonly Buffer[]): Attack {
  const { body, contentType } = multipartPayload(...files);
  return post('photos', body, { 'Content-Type': contentType });
}

function jsonScenes(): Scene[] {
  const infer = '/v2/models/face-age/infer';
  const scene = (name: string, body: string, target = '/v1/predict') =>
    one(`JSON: ${name}`, post(name, Buffer.from(body), json, target));
  const values = (value: string, bytes: number) =>
    new Array<string>(Math.floor(bytes / (value.length + 1))).fill(value).join();
  const tensor = (fields: string) => `{"inputs":[{"name":"image","datatype":"BYTES",${fields}}]}`;
  return [
    scene('6 MB of numbers as photos', `{"images":[${values('1', 6 * MEGABYTE)}]}`),
    scene('30 MB of numbers as photos', `{"images":[${values('1', 30 * MEGABYTE)}]}`),
    scene('30 MB of objects', `{"images":[${values('{}', 30 * MEGABYTE)}]}`),
    scene('30 MB of fields', `{${values('"a":1', 30 * MEGABYTE)}}`),
    scene('30 MB of brackets', '['.repeat(30 * MEGABYTE)),
    scene('a number of 30 MB', `{"images":${'1'.repeat(30 * MEGABYTE)}}`),
    scene('a photo of 160 kB of padding', `{"images":["${'='.repeat(160_000)}"]}`),
    scene('30 MB of inputs', `{"inputs":[${values('{}', 30 * MEGABYTE)}]}`, infer),
    scene(
      'a shape of 130,000 strings',
      tensor(`"shape":[${values('"1"', 520_000)}],"data":[]`),
      infer,
    ),
    scene('30 MB of data', tensor(`"shape":[1],"data":[${values('1', 30 * MEGABYTE)}]`), infer),
  ];
}

function uploadScenes(): Scene[] {
  const part = (bytes: number) => photos(Buffer.alloc(bytes, 0xff));
  const largest = post('form', Buffer.alloc(31 * MEGABYTE, 0xff), {
    'Content-Type': 'multipart/form-data; boundary=x',
  });
  return [
    { name: '40 uploads of 30 MB', requests: new Array<Attack>(40).fill(largest) },
    { name: '200 uploads of 9 MB', requests: new Array<Attack>(200).fill(part(9 * MEGABYTE)) },
    one('thousands of parts', photos(...new Array<Buffer>(20_000).fill(Buffer.from('x')))),
    one('a photo with 200 thresholds', manyThresholds()),
  ];
}

function manyThresholds(): Attack {
  const ages = Array.from({ length: 200 }, (_, index) => (index / 2).toFixed(1)).join();
  const body = JSON.stringify({ images: new Array<string>(1000).fill('AAAA') });
  return post('thresholds', Buffer.from(body), json, `/v1/predict?atLeast=${ages}`);
}
