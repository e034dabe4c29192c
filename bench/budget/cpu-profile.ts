import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const callFrameSchema = z.object({ functionName: z.string(), url: z.string() });
export type CallFrame = z.infer<typeof callFrameSchema>;

/** The file format of `node --cpu-prof`; times are microseconds of the system's monotonic clock. */
const cpuProfileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: callFrameSchema,
      children: z.array(z.int()).optional(),
    }),
  ),
  startTime: z.number(),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.infer<typeof cpuProfileSchema>;

/** Part of the system's monotonic clock, in microseconds. */
export interface Interval {
  fromUs: number;
  toUs: number;
}

export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Reads the profile of the process's first thread, the one whose file name contains thread 0. */
export async function readLoopProfile(folder: string): Promise<CpuProfile> {
  const file = (await readdir(folder)).find((name) =>
    /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/.test(name),
  );
  if (file === undefined) throw new Error('The server wrote no CPU profile.');
  return cpuProfileSchema.parse(JSON.parse(await readFile(path.join(folder, file), 'utf8')));
}

/**
 * The share of an interval's time that each kind of sample took.
 * @param classify gives the kind of a sample from its stack, innermost frame first; `idle` samples are not counted
 */
export function sharesOf<Kind extends string>(
  profile: CpuProfile,
  { fromUs, toUs }: Interval,
  classify: (stack: readonly CallFrame[]) => Kind | 'idle',
): Map<Kind, number> {
  const kindOf = kindsByNode(profile, classify);
  const spent = new Map<Kind, number>();
  let atUs = profile.startTime;
  let totalUs = 0;
  profile.samples.forEach((node, index) => {
    const deltaUs = profile.timeDeltas[index] ?? 0;
    atUs += deltaUs;
    const kind = kindOf.get(node);
    if (atUs < fromUs || atUs > toUs || kind === undefined || kind === 'idle') return;
    spent.set(kind, (spent.get(kind) ?? 0) + deltaUs);
    totalUs += deltaUs;
  });
  return new Map([...spent].map(([kind, us]) => [kind, us / totalUs]));
}

function kindsByNode<Kind>(
  { nodes }: CpuProfile,
  classify: (stack: readonly CallFrame[]) => Kind,
): Map<number, Kind> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kinds = new Map<number, Kind>();
  const visit = (id: number, outer: readonly CallFrame[]): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const stack = [node.callFrame, ...outer];
    kinds.set(id, classify(stack));
    for (const child of node.children ?? []) visit(child, stack);
  };
  if (nodes[0] !== undefined) visit(nodes[0].id, []);
  return kinds;
}
