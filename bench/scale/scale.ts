import { setTimeout as delay } from 'node:timers/promises';
import { publishCopies, withRegistry, type BenchRegistry } from '../support/bench-registry.ts';
import { reportEnvironment } from '../support/environment.ts';
import { multipartPayload, readPhoto } from '../support/payload.ts';
import { startServer, withServer, type ServerProcess } from '../support/server-process.ts';
import { measureCell, type Cell, type CellOptions } from './cell.ts';
import { grainyPhoto } from './grainy-photo.ts';
import { renderScaleTable } from './scale-table.ts';

/** What can be varied, one table each. */
export const scaleParts = ['connections', 'photos', 'images', 'versions', 'processes'] as const;
export type ScalePart = (typeof scaleParts)[number];

export interface ScaleOptions {
  only: readonly ScalePart[];
  /** Length of one measurement. */
  seconds: number;
  rounds: number;
}

const CONNECTIONS = 16;
const FEW_CONNECTIONS = 4;

/** A measurement with its label; only options that differ from the usual ones are given. */
type Variation = [label: string, options: Partial<CellOptions>];

/** Prints a table for each part. @returns false if a request failed */
export function runScale(options: ScaleOptions): Promise<boolean> {
  return withRegistry(async (target) => {
    await publishCopies(target.registry, 4);
    await target.move('production', 1);
    const scale = new Scale(target, options, await readPhoto());
    return scale.run();
  });
}

class Scale {
  readonly #target: BenchRegistry;
  readonly #options: ScaleOptions;
  readonly #face: Buffer;
  readonly #environment: NodeJS.ProcessEnv;
  #errors = 0;

  constructor(target: BenchRegistry, options: ScaleOptions, face: Buffer) {
    this.#target = target;
    this.#options = options;
    this.#face = face;
    this.#environment = { ...process.env, MODEL_REGISTRY: target.root, LOG_LEVEL: 'warn' };
  }

  async run(): Promise<boolean> {
    const parts: Record<ScalePart, () => Promise<void>> = {
      connections: () => this.#byConnections(),
      photos: () => this.#byPhoto(),
      images: () => this.#byImages(),
      versions: () => this.#byVersions(),
      processes: () => this.#byProcesses(),
    };
    await withServer(this.#environment, ({ origin }) => reportEnvironment(origin));
    for (const name of this.#options.only) await parts[name]();
    if (this.#errors > 0) console.error(`${this.#errors} requests failed`);
    return this.#errors === 0;
  }

  /** Measures each variation in turn, reversing the order in every round. */
  async #table(title: string, servers: readonly ServerProcess[], variations: readonly Variation[]) {
    const { seconds, rounds } = this.#options;
    const cells = new Map<string, Cell[]>(variations.map(([label]) => [label, []]));
    const payload = multipartPayload(this.#face);
    const usual = { servers, payload, connections: CONNECTIONS, seconds };
    await measureCell({ ...usual, seconds: Math.min(2, seconds) });
    for (let round = 0; round < rounds; round += 1) {
      for (const [label, options] of round % 2 === 0 ? variations : variations.toReversed()) {
        const cell = await measureCell({ ...usual, ...options });
        this.#errors += cell.errors;
        cells.get(label)!.push(cell);
      }
    }
    const rows = [...cells].map(([label, measured]) => ({ label, cells: measured }));
    console.log(`\n${renderScaleTable(title, rows)}`);
  }

  #oneServer(title: string, variations: readonly Variation[]): Promise<void> {
    return withServer(this.#environment, (server) => this.#table(title, [server], variations));
  }

  #byConnections(): Promise<void> {
    const variations = [1, 2, 4, 8, 16, 32, 64, 128, 256].map((connections): Variation => {
      return [String(connections), { connections }];
    });
    return this.#oneServer('connections', variations);
  }

  #byPhoto(): Promise<void> {
    const variations = [200, 600, 1000, 2000, 3464].map((side): Variation => {
      const photo = grainyPhoto(side);
      const label = `${side} × ${side}, ${(photo.length / 1000).toFixed(0)} kB`;
      return [label, { payload: multipartPayload(photo), connections: FEW_CONNECTIONS }];
    });
    return this.#oneServer('photo, 4 connections', variations);
  }

  #byImages(): Promise<void> {
    const variations = [1, 2, 4, 8, 16].map((count): Variation => {
      const payload = multipartPayload(...Array.from({ length: count }, () => this.#face));
      return [String(count), { payload, connections: FEW_CONNECTIONS }];
    });
    return this.#oneServer('photos per request, 4 connections', variations);
  }

  async #byVersions(): Promise<void> {
    const { move } = this.#target;
    await this.#oneServer('one version', [['production', {}]]);
    await move('canary', 2, 0.5);
    await withServer(this.#environment, async (server) => {
      await untilLoaded(server, ['canary']);
      await this.#table('two versions', [server], [['production, canary of half the clients', {}]]);
    });
    await move('shadow', 3);
    await withServer(this.#environment, async (server) => {
      await untilLoaded(server, ['canary', 'shadow']);
      const label = 'production, canary, shadow';
      const meanwhile = (stop: AbortSignal) => this.#keepSwapping(server, stop);
      const swapping: Variation = [`${label}, and a swap every 2 s`, { meanwhile }];
      await this.#table('three versions', [server], [[label, {}], swapping]);
    });
    await move('canary', 2, 0);
    // A shadow of a version other than production's would use the idle time of the parts that follow.
    for (const alias of ['production', 'shadow']) await move(alias, 1);
  }

  async #keepSwapping(server: ServerProcess, stop: AbortSignal): Promise<void> {
    for (let version = 4; !stop.aborted; version = version === 4 ? 1 : 4) {
      await this.#target.move('production', version);
      process.kill(server.processId, 'SIGHUP');
      await delay(2000, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  async #byProcesses(): Promise<void> {
    for (const count of [1, 2, 4]) {
      const starting = Array.from({ length: count }, () => startServer(this.#environment));
      const servers = await Promise.all(starting);
      try {
        const variation: Variation = [String(count), { connections: 64 }];
        await this.#table('processes, 64 connections in total', servers, [variation]);
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    }
  }
}

/** @throws Error if the aliases are not loaded within 30 s */
async function untilLoaded({ origin }: ServerProcess, aliases: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const response = await fetch(`${origin}/v1/models`);
    const models = (await response.json()) as Record<string, { current?: unknown } | null>;
    if (aliases.every((alias) => models[alias]?.current)) return;
    await delay(100);
  }
  throw new Error(`${aliases.join(' and ')} were not loaded within 30 s`);
}
