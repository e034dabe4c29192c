import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  keepUploadDuring,
  UploadBudget,
} from '../../../../src/serving/http/upload/upload-budget.ts';
import { deferred, settle } from '../../../support/fakes/deferred.ts';

const MB = 1_000_000;
let nowMs: number;
let budget: UploadBudget;

beforeEach(() => {
  nowMs = 0;
  budget = new UploadBudget(128 * MB, () => nowMs);
});

/** A request whose socket has delivered `bytesRead` bytes. */
function begin(declared: number | undefined) {
  const socket = { bytesRead: 0 };
  const headers = declared === undefined ? {} : { 'content-length': String(declared) };
  const response = new EventEmitter() as unknown as ServerResponse;
  const request = { socket, headers } as unknown as IncomingMessage;
  return { upload: budget.open(request, response), response, socket };
}

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

describe('the memory for uploads', () => {
  it('is taken by a declared length before anything arrives, and returned with the answer', () => {
    const { upload, response } = begin(30 * MB);
    expect(budget.bytes).toBe(30 * MB);
    upload.received(MB);
    expect(budget.bytes).toBe(30 * MB);
    response.emit('close');
    expect(budget.bytes).toBe(0);
    response.emit('close');
    upload.received(MB);
    expect(budget.bytes).toBe(0);
  });

  it('is taken by small bodies and by those without a length as they arrive', () => {
    for (const { upload, response } of [begin(MB), begin(undefined)]) {
      expect(budget.bytes).toBe(0);
      for (const size of [1000, 2000]) upload.received(size);
      expect(budget.bytes).toBe(3000);
      response.emit('close');
    }
    expect(budget.bytes).toBe(0);
  });

  it('has a part that large bodies leave to small ones', () => {
    const large = [begin(30 * MB), begin(30 * MB), begin(30 * MB)];
    expect(() => begin(7 * MB)).toThrow(code('uploads_full'));
    const small = Array.from({ length: 38 }, () => begin(MB));
    for (const { upload } of small) upload.received(MB);
    expect(() => begin(MB).upload.received(1)).toThrow(code('uploads_full'));
    large[0]!.response.emit('close');
    expect(() => begin(7 * MB)).not.toThrow();
  });

  it('refuses a growing body where large bodies have no room, and returns what it had', () => {
    for (let index = 0; index < 3; index += 1) begin(32 * MB);
    const growing = begin(undefined);
    growing.upload.received(MB);
    expect(() => growing.upload.received(1)).toThrow(code('uploads_full'));
    growing.response.emit('close');
    expect(budget.bytes).toBe(96 * MB);
  });

  it('never has room for a body larger than all that large bodies may take', () => {
    expect(() => begin(97 * MB)).toThrow(code('request_too_large'));
    expect(() => begin(97 * MB)).toThrow(/UPLOAD_MEMORY_BYTES/);
    expect(budget.bytes).toBe(0);
  });

  it('is held until the work on the photos has ended, although the client has left', async () => {
    const { response } = begin(30 * MB);
    const work = [deferred(), deferred()];
    for (const { promise } of work) keepUploadDuring(response, promise);
    response.emit('close');
    work[0]!.reject(new Error('a fault'));
    await settle();
    expect(budget.bytes).toBe(30 * MB);
    work[1]!.resolve();
    await settle();
    expect(budget.bytes).toBe(0);
  });
});

describe('a slow upload', () => {
  it('is ended where another one finds no room', () => {
    const uploads = [begin(32 * MB), begin(32 * MB), begin(32 * MB)];
    const ends = uploads.map(({ upload }) => {
      const end = vi.fn();
      upload.onTooSlow(end);
      return end;
    });
    nowMs = 4000;
    uploads[0]!.socket.bytesRead = 300_000;
    uploads[1]!.socket.bytesRead = 100_000;
    uploads[2]!.upload.complete();
    expect(() => begin(32 * MB)).not.toThrow();
    expect(ends.map(({ mock }) => mock.calls.length)).toEqual([0, 1, 0]);
    expect(ends[1]).toHaveBeenCalledWith(code('request_timeout'));
    expect(budget.bytes).toBe(96 * MB);
    uploads[1]!.response.emit('close');
    expect(budget.bytes).toBe(96 * MB);
  });

  it('has two seconds to begin, and goes on where there is room', () => {
    const { upload } = begin(90 * MB);
    const end = vi.fn();
    upload.onTooSlow(end);
    nowMs = 2000;
    expect(() => begin(32 * MB)).toThrow(code('uploads_full'));
    nowMs = 60_000;
    begin(5 * MB);
    expect(end).not.toHaveBeenCalled();
  });
});
