import { setTimeout as delay } from 'node:timers/promises';
import type { BystanderOptions, BystanderPhoto, Experience } from './bystander.ts';

/** Posts photos at a steady rate, whatever happens to the ones before. */
export class SteadyClient {
  readonly #url: string;
  readonly #photos: readonly BystanderPhoto[];
  readonly #everyMs: number;
  readonly #pending = new Set<Promise<void>>();
  #experience = newExperience();
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor({ url, photos, everyMs }: BystanderOptions) {
    this.#url = url;
    this.#photos = photos;
    this.#everyMs = everyMs;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** What it experienced since the last call. */
  take(): Experience {
    const experience = this.#experience;
    this.#experience = newExperience();
    return experience;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    await Promise.all(this.#pending);
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#stopped; count += 1) {
      const request = this.#post(this.#photos[count % this.#photos.length]!);
      this.#pending.add(request);
      void request.finally(() => this.#pending.delete(request));
      await delay(this.#everyMs);
    }
  }

  async #post({ body, contentType }: BystanderPhoto): Promise<void> {
    const startMs = performance.now();
    let outcome: string;
    try {
      const headers = { 'Content-Type': contentType };
      const response = await fetch(this.#url, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
      });
      await response.arrayBuffer();
      outcome = String(response.status);
    } catch (error) {
      outcome =
        (error as Error).cause instanceof Error ? String((error as Error).cause) : String(error);
    }
    const experience = this.#experience;
    experience.answers += 1;
    experience.slowestMs = Math.max(experience.slowestMs, performance.now() - startMs);
    if (outcome !== '200') {
      experience.faults.set(outcome, (experience.faults.get(outcome) ?? 0) + 1);
    }
  }
}

function newExperience(): Experience {
  return { answers: 0, faults: new Map(), slowestMs: 0 };
}
