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

/**
 * Sends requests at a fixed rate, and waits for the last answer. What it keeps of an answer are two numbers: hundreds of
 * thousands of objects would have the generator stand still for its garbage, and the server look slow.
 */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 10_000 });
  const { requestsPerSecond, rampSeconds } = options;
  const inRamp = Math.ceil((requestsPerSecond * rampSeconds) / 2);
  const total = inRamp + Math.round(requestsPerSecond * options.seconds);
  const statuses = new Uint16Array(total);
  const times = new Float64Array(total);
  const startMs = performance.now();
  const dueAt = (index: number) => startMs + 1000 * dueSeconds(index, options);
  let [sent, settled, latestMs, sentAllMs] = [0, 0, 0, 0];
  await new Promise<void>((resolve) => {
    const settle = (index: number, status: number): void => {
      statuses[index] = status;
      times[index] = performance.now() - dueAt(index);
      settled += 1;
      if (settled === total) resolve();
    };
    const timer = setInterval(() => {
      const nowMs = performance.now();
      while (sent < total && dueAt(sent) <= nowMs) {
        const index = sent;
        latestMs = Math.max(latestMs, nowMs - dueAt(index));
        ask(options, agent, (status) => settle(index, status));
        sent += 1;
      }
      if (sent < total) return;
      sentAllMs = nowMs;
      clearInterval(timer);
    }, TICK_MS);
  });
  agent.destroy();
  const answers = Array.from(statuses.subarray(inRamp), (status, index): TimedAnswer => {
    return { status, ms: times[inRamp + index]! };
  });
  return { answers, seconds: (sentAllMs - startMs) / 1000 - rampSeconds, latestMs };
}

function ask(
  { url, payload }: OpenLoopOptions,
  agent: Agent,
  settle: (status: number) => void,
): void {
  const headers = { 'Content-Type': payload.contentType, 'Content-Length': payload.body.length };
  const sent = request(url, { method: 'POST', agent, headers, timeout: PATIENCE_MS });
  let isSettled = false;
  const settleOnce = (status: number): void => {
    if (!isSettled) settle(status);
    isSettled = true;
  };
  sent.on('response', (response: IncomingMessage) => {
    response.resume().once('end', () => settleOnce(response.statusCode!));
  });
  sent.on('timeout', () => sent.destroy());
  sent.on('error', () => settleOnce(0));
  sent.once('close', () => settleOnce(0));
  sent.end(payload.body);
}
