import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { epochReportSchema } from './epoch-report.ts';

/** How far a run has come. */
const progressSchema = z.object({
  epochsDone: z.int().min(0),
  /** Steps done of the epoch that is under way, and the sum of their losses. */
  stepsDone: z.int().min(0),
  lossSum: z.number(),
  /** Over all parts of an interrupted run. */
  trainedSeconds: z.number().min(0),
  best: z.object({ epoch: z.int(), mae: z.number() }),
  history: z.array(epochReportSchema),
});

export type Progress = z.infer<typeof progressSchema>;

const headerSchema = z.object({
  recipe: z.string(),
  /** Of the dataset. */
  fingerprint: z.string(),
  /** The version that the run started from. */
  parent: z.int().positive().nullable().default(null),
  optimizerSteps: z.int().min(0),
  averageUpdates: z.int().min(0),
  progress: progressSchema,
  lengths: z.array(z.array(z.int().min(0))),
});

/** All that a run needs to go on. `arrays` are lists of weights: current, average, moments, best. */
export interface Checkpoint extends Omit<z.infer<typeof headerSchema>, 'lengths'> {
  arrays: Float32Array[][];
}

/** Writes a checkpoint whole or not at all: a kill in the middle leaves the one before. */
export async function writeCheckpoint(
  file: string,
  { arrays, ...rest }: Checkpoint,
): Promise<void> {
  const lengths = arrays.map((list) => list.map((values) => values.length));
  const header = Buffer.from(JSON.stringify({ ...rest, lengths }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(header.length);
  const bodies = arrays
    .flat()
    .map((values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    for (const part of [size, header, ...bodies]) await handle.write(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** The checkpoint, or undefined where there is none. */
export async function readCheckpoint(file: string): Promise<Checkpoint | undefined> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const headerLength = bytes.readUInt32LE(0);
  const { lengths, ...rest } = headerSchema.parse(
    JSON.parse(bytes.subarray(4, 4 + headerLength).toString()),
  );
  let offset = 4 + headerLength;
  const next = (length: number) => {
    const values = new Float32Array(length);
    Buffer.from(values.buffer).set(bytes.subarray(offset, (offset += length * 4)));
    return values;
  };
  return { ...rest, arrays: lengths.map((list) => list.map(next)) };
}
