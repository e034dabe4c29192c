import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Payload } from '../payload.ts';
import { post } from '../post.ts';
import { readAnswer } from '../swaps/checked-load.ts';

/** One answered or failed request. */
export interface KeyedRequest {
  readonly client: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined where it failed. */
  readonly version: number | undefined;
  readonly fault: string | undefined;
}

export interface KeyedLoadOptions {
  url: string;
  payload: Payload;
  /** Each sends its next request when the last is answered and it has thought. */
  connections: number;
  /** As many different clients take turns. */
  clients: number;
  /** Mean of an exponential distribution; 0 sends at once. */
  thinkMs: number;
}

/** Requests of many clients, each with its key. */
export class KeyedLoad {
  readonly requests: KeyedRequest[] = [];
  readonly #options: KeyedLoadOptions;
  readonly #agent: Agent;
  readonly #loops: Promise<void>[];
  #stopping = false;
  #next = 0;

  constructor(options: KeyedLoadOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections });
    this.#loops = Array.from({ length: options.connections }, () => this.#loop());
  }

  /** Waits until so many requests have been answered since the start. */
  async reach(requests: number): Promise<void> {
    while (this.requests.length < requests) await delay(20);
  }

  /** Lets the requests under way end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #loop(): Promise<void> {
    const { thinkMs, clients } = this.#options;
    while (!this.#stopping) {
      if (thinkMs > 0) await delay(-thinkMs * Math.log(1 - Math.random()));
      const client = `client-${this.#next++ % clients}`;
      const startMs = performance.now();
      const outcome = await this.#send(client).catch((error: unknown) => ({
        version: undefined,
        fault: String(error),
      }));
      this.requests.push({ client, startMs, endMs: performance.now(), ...outcome });
    }
  }

  async #send(client: string): Promise<Pick<KeyedRequest, 'version' | 'fault'>> {
    const { url, payload } = this.#options;
    const { status, text } = await post(url, payload, this.#agent, { 'x-client-key': client });
    if (status !== 200) return { version: undefined, fault: `${status}: ${text.slice(0, 200)}` };
    return { version: readAnswer(text).version, fault: undefined };
  }
}
