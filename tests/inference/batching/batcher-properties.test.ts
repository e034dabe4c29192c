import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ServiceError } from '../../../src/common/errors.ts';
import { heldBatcher } from '../../support/fakes/held-batcher.ts';
import { OUTPUTS, imageOf, rowOf, type HeldCall } from '../../support/fakes/held-network.ts';

const QUEUE_MAX = 12;
const POISON_EVERY = 7;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      images: fc.integer({ min: 1, max: 6 }),
      /** Slots that are reserved and not used. */
      spare: fc.nat(2),
      deadlineInMs: fc.option(fc.nat(30), { nil: undefined }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'answer' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(15) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'engine-down' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Outcome = 'own row' | 'poisoned' | 'late' | 'aborted' | 'engine down';

interface Sent {
  id: number;
  caller: AbortController;
  outcome?: Outcome;
}

const gone = new Error('gone');
const down = new ServiceError('inference_failed', 'the engine is down');
const isPoison = (id: number): boolean => id % POISON_EVERY === 0;
const isPoisoned = ({ pixels, count }: HeldCall): boolean =>
  Array.from({ length: count }, (_, index) => pixels[2 * index]! + 256 * pixels[2 * index + 1]!)
    .filter((id) => id !== 0)
    .some(isPoison);

/** Runs a script of arrivals, answers, failures and passing time against the batcher. */
class Play {
  readonly batcher;
  readonly sent: Sent[] = [];
  readonly #held;

  constructor(maxWaitMs: number, maxInFlight: number) {
    this.#held = heldBatcher({ queueMaxImages: QUEUE_MAX, maxWaitMs, maxInFlight });
    this.batcher = this.#held.batcher;
  }

  async take(next: Step): Promise<void> {
    const { clock, network } = this.#held;
    if (next.kind === 'request') this.#request(next);
    if (next.kind === 'pass') await clock.advance(next.ms);
    if (next.kind === 'abort') this.sent[next.which % this.sent.length]?.caller.abort(gone);
    if (next.kind === 'engine-down') network.calls.shift()?.fail(down);
    if (next.kind === 'answer') this.#answer();
    await clock.turn();
    expect(this.batcher.length).toBeLessThanOrEqual(QUEUE_MAX);
  }

  async finish(): Promise<void> {
    const drained = this.batcher.drain();
    const most = 3 * this.sent.length;
    for (let answers = 0; answers < most; answers += 1) {
      this.#answer();
      await this.#held.clock.turn();
    }
    await drained;
    expect(this.#held.batches.every(({ count }) => count <= 4)).toBe(true);
    expect(this.#held.network.counts.every((count) => [1, 2, 4].includes(count))).toBe(true);
  }

  #answer(): void {
    const call = this.#held.network.calls.shift();
    if (call !== undefined && isPoisoned(call)) call.fail(new Error('poison'));
    else call?.answer();
  }

  #request({ images, spare, deadlineInMs }: Extract<Step, { kind: 'request' }>): void {
    const caller = new AbortController();
    const deadlineAtMs =
      deadlineInMs === undefined ? undefined : this.#held.clock.now() + deadlineInMs;
    try {
      const reservation = this.batcher.reserve(images + spare);
      for (let index = 0; index < images; index += 1) {
        const one: Sent = { id: this.sent.length + 1, caller };
        this.sent.push(one);
        const answer = reservation.submit(imageOf(one.id), { signal: caller.signal, deadlineAtMs });
        void answer.then(
          ({ output }) => this.#settle(one, outcomeOfRow(one.id, output)),
          (error: unknown) => this.#settle(one, outcomeOfError(error)),
        );
      }
      reservation.release();
    } catch (error) {
      expect(error).toMatchObject({ code: 'queue_full' });
    }
  }

  #settle(one: Sent, outcome: Outcome): void {
    expect(one.outcome).toBeUndefined();
    one.outcome = outcome;
  }
}

function outcomeOfRow(id: number, output: Float32Array): Outcome {
  expect(output).toHaveLength(OUTPUTS);
  expect(output).toEqual(rowOf(id));
  return 'own row';
}

function outcomeOfError(error: unknown): Outcome {
  if (error === gone) return 'aborted';
  if (error === down) return 'engine down';
  expect(error).toBeInstanceOf(ServiceError);
  return (error as ServiceError).code === 'deadline_exceeded' ? 'late' : 'poisoned';
}

it('settles every accepted image once, with its own row or its own error', async () => {
  const seen = new Set<Outcome>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.constantFrom(0, 5),
      fc.constantFrom(1, 2, 3),
      async (script, maxWaitMs, maxInFlight) => {
        const play = new Play(maxWaitMs, maxInFlight);
        for (const next of script) await play.take(next);
        await play.finish();
        for (const { id, outcome } of play.sent) {
          expect(outcome).toBeDefined();
          seen.add(outcome!);
          if (outcome === 'own row') expect(isPoison(id)).toBe(false);
          if (outcome === 'poisoned') expect(isPoison(id)).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
  expect([...seen].sort()).toEqual(['aborted', 'engine down', 'late', 'own row', 'poisoned']);
});
