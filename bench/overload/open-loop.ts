import type { Payload } from '../support/payload.ts';
import { RawConnection, requestBytes } from './raw-connection.ts';

/** One request of an open loop. */
export interface TimedAnswer {
  /** 0 if the connection broke or no answer came within 30 s. */
  status: number;
  /** Measured from the time the request was due, so that a late generator does not make the server look faster. */
  ms: number;
}

export interface OpenLoopOptions {
  url: string;
  payload: Payload;
  /** Sent regardless of the answers. */
  requestsPerSecond: number;
  /** At the full rate. */
  seconds: number;
  /**
   * Before that, the rate rises from zero for this long, and these answers do not count: thousands of connections opened
   * within one second overflow the system's accept queue, and clients' systems wait up to 15 s before they retry.
   */
  rampSeconds: number;
}

export interface OpenLoopResult {
  answers: TimedAnswer[];
  seconds: number;
  /** The longest delay between the time a request was due and the time it was sent. */
  latestMs: number;
}

const TICK_MS = 2;
const TIMEOUT_MS = 30_000;

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
 * Sends requests at a fixed rate and waits for the last answer. Only two numbers are kept per answer: collecting hundreds
 * of thousands of objects would pause the generator and make the server look slow.
 */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const client = new Client(options);
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
        client.send((status) => settle(index, status));
        sent += 1;
      }
      if (sent < total) return;
      sentAllMs = nowMs;
      clearInterval(timer);
    }, TICK_MS);
  });
  client.close();
  const answers = Array.from(statuses.subarray(inRamp), (status, index): TimedAnswer => {
    return { status, ms: times[inRamp + index]! };
  });
  return { answers, seconds: (sentAllMs - startMs) / 1000 - rampSeconds, latestMs };
}

/** Sends each request immediately, on the connection that became free last or on a new one. */
class Client {
  readonly #url: URL;
  readonly #request: Buffer;
  readonly #all = new Set<RawConnection>();
  readonly #free: RawConnection[] = [];

  constructor({ url, payload }: Pick<OpenLoopOptions, 'url' | 'payload'>) {
    this.#url = new URL(url);
    this.#request = requestBytes(this.#url, payload);
  }

  send(settle: (status: number) => void): void {
    const connection = this.#free.pop() ?? this.#open();
    connection.send(this.#request, (status) => {
      if (this.#all.has(connection)) this.#free.push(connection);
      settle(status);
    });
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #open(): RawConnection {
    const connection = new RawConnection(this.#url, TIMEOUT_MS, (closed) => this.#forget(closed));
    this.#all.add(connection);
    return connection;
  }

  #forget(closed: RawConnection): void {
    this.#all.delete(closed);
    const index = this.#free.indexOf(closed);
    if (index !== -1) this.#free.splice(index, 1);
  }
}
