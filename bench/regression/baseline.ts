import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { precisions, type Precision } from '../../src/inference/engine/engine.ts';

/** What a photo costs the service, in units of the yardstick measured in the same round. */
const ratiosSchema = z.object({
  /** CPU time of the event loop's thread, relative to plain JavaScript. */
  loop: z.number().positive(),
  /** CPU time of the engine's threads, relative to the bare graph. */
  engine: z.number().positive(),
});
export type Ratios = z.infer<typeof ratiosSchema>;

const baselineSchema = z.partialRecord(z.enum(precisions), ratiosSchema);
export type Baseline = z.infer<typeof baselineSchema>;

/** A part counts as slower beyond this multiple of its baseline; other work on the machine accounts for a tenth. */
const TOLERANCE = 1.25;

export interface Comparison {
  part: keyof Ratios;
  ratio: number;
  baseline: number;
  slower: boolean;
}

/** The minimum of each part over all rounds, because disturbances only add CPU time. */
export function best(rounds: readonly Ratios[]): Ratios {
  return {
    loop: Math.min(...rounds.map(({ loop }) => loop)),
    engine: Math.min(...rounds.map(({ engine }) => engine)),
  };
}

export function compare(measured: Ratios, baseline: Ratios): Comparison[] {
  return (['loop', 'engine'] as const).map((part) => ({
    part,
    ratio: measured[part],
    baseline: baseline[part],
    slower: measured[part] > baseline[part] * TOLERANCE,
  }));
}

export async function readBaseline(file: string): Promise<Baseline> {
  return baselineSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Replaces the ratios of one precision, rounded to four digits. */
export async function writeBaseline(
  file: string,
  precision: Precision,
  { loop, engine }: Ratios,
): Promise<void> {
  const before = await readBaseline(file).catch(() => ({}));
  const round = (value: number): number => Number(value.toPrecision(4));
  const after = { ...before, [precision]: { loop: round(loop), engine: round(engine) } };
  await writeFile(file, `${JSON.stringify(after, null, 2)}\n`);
}
