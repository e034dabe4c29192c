import { Agent, request, type IncomingMessage } from 'node:http';
import type { Payload } from '../payload.ts';

/** One request of an open loop. */
export interface TimedAnswer {
  /** 0 where the connection broke or nothing came within 30 s. */
  status: number;
  /** From when it was due, so that a late generator does not flatter the server. */
  ms: number;
}

export interface OpenLoopOptions {
  url: string;
  payload: Payload;
  /** Sent whatever the server answers. */
  requestsPerSecond: number;
  /** At the full rate. */
  seconds: number;
  /**
   * Before, the rate rises from nothing for so long, and these answers do not count: thousands of connections that are
   * opened in one second overflow the system's queue for them, and the clients' systems wait up to 15 s to try again.
   */
  rampSeconds: number;
}

export interface OpenLoopResult {
  answers: TimedAnswer[];
  seconds: number;
  /** Most that a request was sent after it was due. */
  latestMs: number;
}

const TICK_MS = 2;
const PATIENCE_MS = 30_000;

/** When each request is due, in seconds from the start. */
export function dueSeconds(
  index: number,
  { requestsPerSecond, rampSeconds }: Pick<OpenLoopOptions, 'requestsPerSecond' | 'rampSeconds'>,
): number {
  const inRamp = (requestsPerSecond * rampSeconds) / 2;
  if (index < inRamp) return Math.sqrt((2 * rampSeconds * index) / requestsPerSecond);
  return rampSeconds + (index - inRamp) / requestsPerSecond;
}

/** Sends requests at a fixed rate, and waits for the last answer. */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 10_000 });
  const { requestsPerSecond, rampSeconds } = options;
  const inRamp = Math.ceil((requestsPerSecond * rampSeconds) / 2);
  const total = inRamp + Math.round(requestsPerSecond * options.seconds);
  const startMs = performance.now();
  const dueAt = (index: number) => startMs + 1000 * dueSeconds(index, options);
  const pending: Promise<TimedAnswer>[] = [];
  let latestMs = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      while (pending.length < total && dueAt(pending.length) <= nowMs) {
        latestMs = Math.max(latestMs, nowMs - dueAt(pending.length));
        pending.push(ask(options, agent, dueAt(pending.length)));
      }
      if (pending.length < total) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  const seconds = (performance.now() - startMs) / 1000 - rampSeconds;
  const answers = (await Promise.all(pending)).slice(inRamp);
  agent.destroy();
  return { answers, seconds, latestMs };
}

function ask({ url, payload }: OpenLoopOptions, agent: Agent, dueMs: number): Promise<TimedAnswer> {
  const headers = { 'Content-Type': payload.contentType, 'Content-Length': payload.body.length };
  return new Promise((resolve) => {
    const settle = (status: number): void => resolve({ status, ms: performance.now() - dueMs });
    const sent = request(url, { method: 'POST', agent, headers, timeout: PATIENCE_MS });
    sent.on('response', (response: IncomingMessage) => {
      response.resume().once('end', () => settle(response.statusCode!));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => settle(0));
    sent.end(payload.body);
  });
}
