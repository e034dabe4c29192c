import type { PhotoTraffic, ShownDrift } from './photo-traffic.ts';

export interface PhaseOptions {
  windowPhotos: number;
  coolDownMs: number;
}

/** A check of the monitor may come so much later than what it finds. */
const CHECKS_PER_WINDOW = 20;
/** Cool-downs that drifting photos go on for. */
const COOL_DOWNS = 2.5;

/** Kinds of traffic, one after the other, and what each must do to the alarm; tells of each in a line. */
export class DriftPhases {
  readonly #traffic: PhotoTraffic;
  readonly #options: PhaseOptions;
  readonly #lookEvery: number;
  /** When the alarm was raised last. */
  #raisedAt: string | null = null;

  constructor(traffic: PhotoTraffic, options: PhaseOptions) {
    this.#traffic = traffic;
    this.#options = options;
    this.#lookEvery = Math.ceil(options.windowPhotos / CHECKS_PER_WINDOW);
  }

  /** @throws Error where the alarm is raised */
  async unchanged(pool: readonly Buffer[], photos: number): Promise<void> {
    const highest: Record<string, number> = {};
    await this.#traffic.send(pool, {
      photos,
      lookEvery: this.#lookEvery,
      look: ({ features, raisedAt }, sent) => {
        if (raisedAt !== null) throw new Error(`unchanged photos raised the alarm after ${sent}`);
        for (const [feature, { psi }] of Object.entries(features))
          highest[feature] = Math.max(highest[feature] ?? 0, psi);
        return false;
      },
    });
    console.log(`${photos} photos as they are: no alarm; highest index ${text(highest)}`);
  }

  /** @throws Error where a window of such photos is not noticed, or the alarm is not raised once per cool-down */
  async drifting(kind: string, pool: readonly Buffer[]): Promise<void> {
    const before = this.#raisedAt;
    const noticedAfter = await this.#sendUntil(pool, isDrifting);
    if (this.#raisedAt === before) throw new Error('drift was noticed and raised no alarm');
    const features = driftingIndices(await this.#traffic.drift());
    console.log(`photos ${kind}: noticed after ${noticedAfter}; ${text(features)}`);
    const raised = await this.#watchAlarm(pool);
    const gaps = raised.slice(1).map((at, index) => at - raised[index]!);
    const seconds = gaps.map((gap) => `${(gap / 1000).toFixed(1)} s`).join(' and ');
    console.log(`  alarm raised ${raised.length} times, ${seconds} apart`);
    if (raised.length < 2 || gaps.some((gap) => gap < this.#options.coolDownMs))
      throw new Error('the alarm was not raised once per cool-down');
  }

  /** Sends until nothing drifts and the cool-down is over. */
  async calming(pool: readonly Buffer[]): Promise<void> {
    const calmAfter = await this.#sendUntil(pool, (drift) => !isDrifting(drift));
    console.log(`photos as they are: calm after ${calmAfter}`);
    const overAt = Date.parse(this.#raisedAt!) + this.#options.coolDownMs;
    await this.#traffic.send(pool, {
      photos: Infinity,
      lookEvery: this.#lookEvery,
      look: ({ raisedAt }) => {
        if (raisedAt !== this.#raisedAt) throw new Error('photos as they are raised the alarm');
        return Date.now() > overAt;
      },
    });
  }

  /** @throws Error where it takes more than a window */
  async #sendUntil(pool: readonly Buffer[], wanted: (drift: ShownDrift) => boolean) {
    const photos = this.#options.windowPhotos + this.#lookEvery;
    const sent = await this.#traffic.send(pool, {
      photos,
      lookEvery: this.#lookEvery,
      look: (drift) => {
        this.#raisedAt = drift.raisedAt;
        return wanted(drift);
      },
    });
    if (wanted(await this.#traffic.drift())) return sent;
    throw new Error(`not noticed within ${photos} photos`);
  }

  /** @returns when the alarm was raised, milliseconds since 1970 */
  async #watchAlarm(pool: readonly Buffer[]): Promise<number[]> {
    const raised = new Set([Date.parse(this.#raisedAt!)]);
    const untilMs = Date.now() + COOL_DOWNS * this.#options.coolDownMs;
    await this.#traffic.send(pool, {
      photos: Infinity,
      lookEvery: this.#lookEvery,
      look: ({ raisedAt }) => {
        this.#raisedAt = raisedAt;
        raised.add(Date.parse(raisedAt!));
        return Date.now() > untilMs;
      },
    });
    return [...raised];
  }
}

function isDrifting({ features }: ShownDrift): boolean {
  return Object.values(features).some(({ drifts }) => drifts);
}

function driftingIndices({ features }: ShownDrift): Record<string, number> {
  const drifting = Object.entries(features).filter(([, { drifts }]) => drifts);
  return Object.fromEntries(drifting.map(([feature, { psi }]) => [feature, psi]));
}

function text(indices: Record<string, number>): string {
  return Object.entries(indices)
    .map(([feature, psi]) => `${feature} ${psi.toFixed(3)}`)
    .join(', ');
}
