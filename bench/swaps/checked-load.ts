import { Agent } from 'node:http';
import type { Payload } from '../payload.ts';
import { post } from '../post.ts';

/** One answered or failed request, on the clock of `performance.now`. */
export interface CheckedRequest {
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined where it failed. */
  readonly version: number | undefined;
  /** Why it counts as failed. */
  readonly fault: string | undefined;
}

/** The version that answered and the mean age it gave. */
export interface VersionedAge {
  version: number;
  mean: number;
}

/** What is wrong with an answer, or undefined where nothing is. */
export type CheckAnswer = (answer: VersionedAge) => string | undefined;

/** A closed loop on keep-alive connections that looks into each answer. */
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
    check: CheckAnswer,
  ) {
    this.#url = url;
    this.#payload = payload;
    this.#check = check;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#loops = Array.from({ length: connections }, () => this.#loop());
  }

  /** Lets the requests under way end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
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
    const answer = readAnswer(text);
    return { version: answer.version, fault: this.#check(answer) };
  }
}

/** @throws Error where the text is no answer about one photo */
export function readAnswer(text: string): VersionedAge {
  const { model, predictions } = JSON.parse(text) as {
    model: { version: number };
    predictions: { age: { mean: number } }[];
  };
  return { version: model.version, mean: predictions[0]!.age.mean };
}
