import { Agent, request } from 'node:http';
import { modelsAnswerSchema } from '../../src/serving/http/routes/models-answer.ts';
import type { Random } from '../../src/common/random.ts';

/** As the server shows it. */
export type ShownDrift = NonNullable<ReturnType<typeof modelsAnswerSchema.parse>['drift']>;

/** What is asked after every so many answers; sending ends when it says so. */
export type Look = (drift: ShownDrift, photosSent: number) => boolean;

/** Sends photos, drawn at random from a pool, one a request over keep-alive connections. */
export class PhotoTraffic {
  readonly #origin: string;
  readonly #random: Random;
  readonly #connections: number;
  readonly #agent: Agent;

  constructor(origin: string, random: Random, connections: number) {
    this.#origin = origin;
    this.#random = random;
    this.#connections = connections;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * Sends up to so many photos, and looks at the drift after each `lookEvery`.
   * @returns how many were sent
   * @throws Error where an answer is not 200
   */
  async send(
    pool: readonly Buffer[],
    { photos, lookEvery, look }: { photos: number; lookEvery: number; look: Look },
  ): Promise<number> {
    for (let sent = 0; ;) {
      const now = Math.min(lookEvery, photos - sent);
      await this.#sendSome(pool, now);
      sent += now;
      if (look(await this.drift(), sent) || sent === photos) return sent;
    }
  }

  /** @throws Error where the server shows no drift */
  async drift(): Promise<ShownDrift> {
    const response = await fetch(`${this.#origin}/v1/models`);
    const { drift } = modelsAnswerSchema.parse(await response.json());
    if (drift === null) throw new Error('the server watches no drift');
    return drift;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #sendSome(pool: readonly Buffer[], count: number): Promise<void> {
    let left = count;
    const lane = async () => {
      while (left-- > 0) await this.#post(pool[Math.floor(this.#random() * pool.length)]!);
    };
    await Promise.all(Array.from({ length: this.#connections }, lane));
  }

  #post(photo: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'image/jpeg', 'content-length': photo.length };
      const options = { method: 'POST', agent: this.#agent, headers };
      const sent = request(`${this.#origin}/v1/predict`, options, (response) => {
        response.resume();
        response.once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`/v1/predict answered ${response.statusCode}`));
        });
        response.once('error', reject);
      });
      sent.once('error', reject).end(photo);
    });
  }
}
