import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { messageOf } from '../../src/common/errors.ts';
import { seededRandom, type Random } from '../../src/common/random.ts';
import { BlockCoverage } from './block-coverage.ts';
import { mutateInput, type Material } from './mutate-input.ts';
import { MAX_INPUT_BYTES, type Target } from './targets/target.ts';

export interface CampaignOptions {
  target: Target;
  /** Inputs of earlier campaigns. */
  corpus: readonly Buffer[];
  seed: number;
  /** Asked before each batch. */
  goesOn: (runs: number) => boolean;
  /** Called before each input, for a watchdog. */
  onInput?: (input: Buffer) => void;
}

/** An input that broke an invariant. */
export interface Fault {
  input: Buffer;
  message: string;
}

export interface CampaignResult {
  runs: number;
  /** Functions of the parser that have run. */
  functions: number;
  /** Inputs that reached new code, in the order in which they were found, without those given. */
  found: Buffer[];
  /** One for each message. */
  faults: Fault[];
}

/** The coverage is read after so many inputs, because reading it takes longer than most of them. */
const BATCH = 64;
const SHARE_COMPARED = 1 / 64;
/** An input of at most 16 kB. Ordinary ones take far less than a millisecond. */
const MOST_MS = 500;
const MOST_ALLOCATED_BYTES = 32_000_000;
const MOST_FAULTS = 10;

/** Searches for inputs that break a parser: mutates those that reached new code, and keeps what reaches more. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const campaign = new Campaign(options);
  try {
    await campaign.plant();
    while (!campaign.isEnough && options.goesOn(campaign.result.runs)) await campaign.runBatch();
    return { ...campaign.result, functions: campaign.coverage.functions };
  } finally {
    campaign.coverage.close();
  }
}

class Campaign {
  readonly result: CampaignResult = { runs: 0, functions: 0, found: [], faults: [] };
  readonly coverage: BlockCoverage;
  readonly #options: CampaignOptions;
  readonly #random: Random;
  readonly #corpus: Buffer[] = [];
  readonly #material: Material;
  readonly #messages = new Set<string>();

  constructor(options: CampaignOptions) {
    this.#options = options;
    const { guidedBy, words } = options.target;
    this.coverage = new BlockCoverage((url) => guidedBy.test(url));
    this.#random = seededRandom(options.seed);
    const bytes = words.map((word) => Buffer.from(word, 'latin1'));
    this.#material = { corpus: this.#corpus, words: bytes, maxBytes: MAX_INPUT_BYTES };
  }

  get isEnough(): boolean {
    return this.result.faults.length >= MOST_FAULTS;
  }

  /** Runs the known inputs. */
  async plant(): Promise<void> {
    const { target, corpus } = this.#options;
    for (const input of [Buffer.alloc(0), ...(await target.seeds()), ...corpus]) {
      await this.#run(input);
      await this.#compare(input);
      this.#corpus.push(input);
    }
    this.coverage.add(this.coverage.take());
  }

  async runBatch(): Promise<void> {
    const inputs = Array.from({ length: BATCH }, () => mutateInput(this.#material, this.#random));
    for (const input of inputs) {
      await this.#run(input);
      if (this.#random() < SHARE_COMPARED) await this.#compare(input);
    }
    const taken = this.coverage.take();
    if (!this.coverage.isNew(taken)) return;
    await this.#keepFinders(inputs);
    // Code that runs once in a process would be new in each batch.
    this.coverage.add(taken);
  }

  /** Finds the inputs of a batch that reach new code, by running each again. */
  async #keepFinders(inputs: readonly Buffer[]): Promise<void> {
    for (const input of inputs.toSorted((a, b) => a.length - b.length)) {
      await this.#run(input);
      const taken = this.coverage.take();
      if (!this.coverage.isNew(taken)) continue;
      this.coverage.add(taken);
      this.#corpus.push(input);
      this.result.found.push(input);
      await this.#compare(input);
    }
  }

  async #run(input: Buffer): Promise<void> {
    this.result.runs += 1;
    this.#options.onInput?.(input);
    const cost = await this.#costOf(input);
    if (cost === undefined || !isTooMuch(cost)) return;
    // Garbage collection or other work on the machine may have been the cause.
    const again = await this.#costOf(input);
    if (again === undefined || !isTooMuch(again)) return;
    this.#addFault(input, `takes ${again.ms.toFixed(0)} ms and ${again.bytes} bytes`, 'cost');
  }

  async #costOf(input: Buffer): Promise<{ ms: number; bytes: number } | undefined> {
    const startedAtMs = performance.now();
    const before = allocatedBytes();
    try {
      await this.#options.target.run(input);
    } catch (error) {
      this.#addFault(input, messageOf(error), kindOf(error));
      return undefined;
    }
    return { ms: performance.now() - startedAtMs, bytes: allocatedBytes() - before };
  }

  async #compare(input: Buffer): Promise<void> {
    try {
      await this.#options.target.compare?.(input);
    } catch (error) {
      this.#addFault(input, messageOf(error), kindOf(error));
    }
  }

  #addFault(input: Buffer, message: string, kind: string): void {
    if (this.#messages.has(kind)) return;
    this.#messages.add(kind);
    this.result.faults.push({ input: Buffer.from(input), message });
  }
}

function isTooMuch({ ms, bytes }: { ms: number; bytes: number }): boolean {
  return ms > MOST_MS || bytes > MOST_ALLOCATED_BYTES;
}

function allocatedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** Where an error comes from: one fault shows many messages. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no error';
  const [, ...frames] = (error.stack ?? '').split('\n    at ');
  const what = error.message.split(':', 1)[0]!.slice(0, 20);
  return `${what} ${frames[0] ?? ''}`;
}
