import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  type ChildHandle,
  DecodeProcess,
} from '../../../src/inference/decoding/child/decode-process.ts';
import { DecodePool } from '../../../src/inference/decoding/child/decode-pool.ts';
import type {
  DecodeReply,
  DecodeTask,
} from '../../../src/inference/decoding/child/decode-protocol.ts';
import type { ProcessUsage } from '../../../src/common/process/process-usage.ts';
import type { DecodedPhoto } from '../../../src/inference/preprocess/preprocess.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';
import { limits, spec } from '../../support/pictures.ts';

const MB = 1_000_000;
const cost = { memoryBytes: 100 * MB, cpuMs: 500 };
const task: DecodeTask = { file: new Uint8Array(3), spec, limits, crop: undefined };
const decoded: DecodedPhoto = {
  picture: { width: 1, height: 1, gray: new Uint8Array(1), shortfall: 0 },
  region: { left: 0, top: 0, width: 1, height: 1 },
  orientation: 1,
  photo: { width: 1, height: 1, format: 'png' },
  origin: { left: 0, top: 0 },
};

/** A child process whose replies and end the test decides. */
class FakeChild extends EventEmitter implements ChildHandle {
  readonly pid = 4242;
  readonly tasks: DecodeTask[] = [];

  send(sent: DecodeTask): void {
    this.tasks.push(sent);
  }

  reply(reply: DecodeReply): void {
    this.emit('message', reply);
  }

  kill(): void {
    this.emit('exit', null, 'SIGKILL');
  }
}

function startProcess() {
  const child = new FakeChild();
  const clock = new ManualClock();
  const usage: ProcessUsage = { cpuMs: 0, residentBytes: 50 * MB };
  const options = { maxCpuMs: 5000, clock, start: () => child, usageOf: () => ({ ...usage }) };
  return { child, clock, usage, process: new DecodeProcess(options), options };
}

async function running() {
  const started = startProcess();
  started.child.reply({ kind: 'ready' });
  const answer = started.process.decode(task, cost);
  answer.catch(() => undefined);
  await Promise.resolve();
  await Promise.resolve();
  return { ...started, answer };
}

describe('a decoding process', () => {
  it('answers with what the child decoded', async () => {
    const { child, answer, process } = await running();
    expect(child.tasks).toEqual([task]);
    child.reply({ kind: 'decoded', decoded });
    await expect(answer).resolves.toBe(decoded);
    expect(process.isUsable).toBe(true);
  });

  it('passes on why the child refused a photo', async () => {
    const { child, answer } = await running();
    child.reply({ kind: 'refused', code: 'image_too_small', detail: 'It is too small.' });
    await expect(answer).rejects.toMatchObject({
      code: 'image_too_small',
      message: 'It is too small.',
    });
  });

  it('is killed when a photo takes more processor time than four times its estimate', async () => {
    const { usage, clock, answer, process } = await running();
    usage.cpuMs = 2000;
    await clock.advance(25);
    expect(process.isUsable).toBe(true);
    usage.cpuMs = 2010;
    await clock.advance(25);
    await expect(answer).rejects.toMatchObject({ code: 'decoding_too_costly' });
    await expect(answer).rejects.toThrow(/took longer than its header says/);
    expect(process.isUsable).toBe(false);
  });

  it('is killed when a photo takes more memory than its estimate allows', async () => {
    const { usage, clock, answer } = await running();
    usage.residentBytes = 50 * MB + 158 * MB;
    await clock.advance(25);
    await expect(answer).rejects.toThrow(/took more memory than its header says/);
  });

  it('is killed by the clock where the system does not say what it takes', async () => {
    const child = new FakeChild();
    const clock = new ManualClock();
    const options = { maxCpuMs: 5000, clock, start: () => child, usageOf: () => undefined };
    const process = new DecodeProcess(options);
    child.reply({ kind: 'ready' });
    const answer = process.decode(task, cost);
    answer.catch(() => undefined);
    await Promise.resolve();
    await Promise.resolve();
    for (let step = 0; step <= 6000 / 25; step += 1) await clock.advance(25);
    await expect(answer).rejects.toMatchObject({ code: 'decoding_too_costly' });
  });

  it('asks to send the photo again when something else ended the child', async () => {
    const { child, answer } = await running();
    child.emit('exit', null, 'SIGTERM');
    await expect(answer).rejects.toMatchObject({
      code: 'decoder_unavailable',
      retryAfterSeconds: 1,
    });
  });

  it('blames the photo when the codec crashed', async () => {
    const { child, answer } = await running();
    child.emit('exit', null, 'SIGSEGV');
    await expect(answer).rejects.toMatchObject({ code: 'image_undecodable' });
  });
});

describe('the pool of decoding processes', () => {
  function createPool() {
    const children: FakeChild[] = [];
    const clock = new ManualClock();
    const start = () => {
      const child = new FakeChild();
      children.push(child);
      return child;
    };
    const usageOf = () => undefined;
    const pool = new DecodePool({ maxCpuMs: 5000, clock, start, usageOf, idleMs: 1000 });
    return { pool, children, clock };
  }

  async function decodeWith(pool: DecodePool, child: () => FakeChild): Promise<void> {
    const answer = pool.decode(task, cost);
    child().reply({ kind: 'ready' });
    while (child().tasks.length === 0) await Promise.resolve();
    child().reply({ kind: 'decoded', decoded });
    await answer;
    child().tasks.length = 0;
  }

  it('keeps a process for the next photo and ends it when it is idle', async () => {
    const { pool, children, clock } = createPool();
    await decodeWith(pool, () => children[0]!);
    await decodeWith(pool, () => children[0]!);
    expect(children).toHaveLength(1);
    await clock.advance(1000);
    await decodeWith(pool, () => children[1]!);
    expect(children).toHaveLength(2);
  });

  it('starts another process for the photo after one that had it killed', async () => {
    const { pool, children } = createPool();
    const answer = pool.decode(task, cost);
    children[0]!.reply({ kind: 'ready' });
    while (children[0]!.tasks.length === 0) await Promise.resolve();
    children[0]!.kill();
    await expect(answer).rejects.toMatchObject({ code: 'decoder_unavailable' });
    await decodeWith(pool, () => children[1]!);
  });

  it('waits before it starts a process again that did not become ready', async () => {
    const { pool, children, clock } = createPool();
    const answer = pool.decode(task, cost);
    children[0]!.emit('exit', 1, null);
    await expect(answer).rejects.toMatchObject({ code: 'decoder_unavailable' });
    await expect(pool.decode(task, cost)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    expect(children).toHaveLength(1);
    await clock.advance(1000);
    await decodeWith(pool, () => children[1]!);
  });
});
