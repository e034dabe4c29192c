import { Agent, request } from 'node:http';
import type { Payload } from './payload.ts';

/** One answered or failed request, on the clock of `performance.now`. */
export interface CheckedRequest {
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined if the request failed. */
  readonly version: number | undefined;
  /** Why the request counts as failed. */
  readonly fault: string | undefined;
}

/** The version that answered, and the mean age in its answer. */
export interface VersionedAge {
  version: number;
  mean: number;
}

/** What is wrong with an answer, or undefined if nothing is. */
export type CheckAnswer = (answer: VersionedAge) => string | undefined;

/** A closed loop on keep-alive connections that checks every answer. */
export class CheckedLoad {
  readonly requests: CheckedRequest[] = [];
  readonly #url: string;
  readonly #payload: Payload;
  readonly #check: CheckAnswer;
  readonly #agent: Agent;
  #stopping = false;
  readonly #loops: Promise<void>[];

  constructor(
    { url, payload, connections }: { url: string; payload: Payload; connections: number },
    check: CheckAnswer = () => undefined,
  ) {
    this.#url = url;
    this.#payload = payload;
    this.#check = check;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#loops = Array.from({ length: connections }, () => this.#loop());
  }

  /** Stops after the requests in flight have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  /** What was wrong with failed requests, in order. */
  faults(): string[] {
    return this.requests.flatMap(({ fault }) => fault ?? []);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      const startMs = performance.now();
      const outcome = await this.#send().catch((error: unknown) => ({
        version: undefined,
        fault: String(error),
      }));
      this.requests.push({ startMs, endMs: performance.now(), ...outcome });
    }
  }

  async #send(): Promise<Pick<CheckedRequest, 'version' | 'fault'>> {
    const { status, text } = await post(this.#url, this.#payload, this.#agent);
    if (status !== 200) return { version: undefined, fault: `${status}: ${text.slice(0, 200)}` };
    const answer = parseAnswer(text);
    return { version: answer.version, fault: this.#check(answer) };
  }
}

/** @throws Error if the text is not an answer about one photo */
export function parseAnswer(text: string): VersionedAge {
  const { model, predictions } = JSON.parse(text) as {
    model: { version: number };
    predictions: { age: { mean: number } }[];
  };
  return { version: model.version, mean: predictions[0]!.age.mean };
}

/** Posts the payload on a keep-alive connection. */
function post(
  url: string,
  { body, contentType }: Payload,
  agent: Agent,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': contentType, 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}
