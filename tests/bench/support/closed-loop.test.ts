import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import multer from 'multer';
import { afterEach, describe, expect, it } from 'vitest';
import { load, probe } from '../../../bench/support/closed-loop.ts';
import { multipartPayload, rawPayload } from '../../../bench/support/payload.ts';

const photo = Buffer.from([0xff, 0xd8, 0x0d, 0x0a, 0x00, 0xff, 0xd9]);
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/predict`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('the load generator', () => {
  it('posts the photo in a form that parses, and counts the answers', async () => {
    const received: (Buffer | undefined)[] = [];
    const app = express().post('/v1/predict', multer().single('image'), (request, response) => {
      received.push(request.file?.buffer);
      response.json({});
    });
    const url = await serve(app);
    const result = await load({
      url,
      payload: multipartPayload(photo),
      connections: 2,
      seconds: 1,
    });
    expect(result.answers).toBeGreaterThan(0);
    expect(result.errors).toBe(0);
    expect(received.every((bytes) => bytes?.equals(photo))).toBe(true);
    expect(result.requestsPerSecond).toBeCloseTo(result.answers / result.seconds);
    expect(result.p50Ms).toBeLessThanOrEqual(result.p99Ms);
    expect(Number.isInteger(result.p50Ms)).toBe(false);
  });

  it('counts refusals as errors, not as answers', async () => {
    const url = await serve((request, response) => {
      request.resume();
      response.writeHead(429).end();
    });
    const result = await load({ url, payload: rawPayload(photo), connections: 1, seconds: 1 });
    expect(result).toMatchObject({ answers: 0, requestsPerSecond: 0 });
    expect(result.errors).toBeGreaterThan(0);
  });
});

describe('the probe', () => {
  it('throws an error with the answer of a server that refuses the photo', async () => {
    const url = await serve((_, response) => response.writeHead(415).end('not a photo'));
    await expect(probe(url, rawPayload(photo))).rejects.toThrow(/answered 415: not a photo/);
  });
});
