import { setTimeout as delay } from 'node:timers/promises';
import { load, type LoadResult } from '../support/closed-loop.ts';
import type { Payload } from '../support/payload.ts';
import { takeSnapshot } from '../support/server-metrics.ts';
import { readThreadCpu } from '../support/thread-cpu.ts';
import { splitCpu, type CpuSnapshot, type CpuSplit } from './cpu-split.ts';

/** A server to load. */
export interface Target {
  readonly name: string;
  /** Where photos are posted. */
  readonly url: string;
  /** Set for the server under test, whose metrics are read. */
  readonly processId?: number;
}

/** Pause between two loads, so that the server has finished what the previous load left behind. */
const settleMs = 300;

export interface RoundOptions {
  readonly payload: Payload;
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  /** CPU time of preprocessing the photo once. */
  readonly preprocessMs: number;
}

/** One target, loaded once. */
export interface Sample extends LoadResult {
  readonly target: string;
  readonly connections: number;
  readonly round: number;
  readonly cpu?: CpuSplit;
  readonly eventLoopDelayP99Ms?: number;
}

/**
 * Loads the targets in turn, reversing the order in every round, so that slow changes of the machine
 * affect all of them equally.
 */
export async function runRounds(
  targets: readonly Target[],
  options: RoundOptions,
  onSample: (sample: Sample) => void,
): Promise<Sample[]> {
  for (const target of targets) await warmUp(target, options);
  const samples: Sample[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? targets : targets.toReversed();
    for (const connections of options.connections) {
      for (const target of order) {
        const sample = await measure(target, connections, round, options);
        samples.push(sample);
        onSample(sample);
      }
    }
  }
  return samples;
}

/** Uses the largest number of connections, so that code is compiled and heaps have grown on both sides. */
async function warmUp(target: Target, options: RoundOptions): Promise<void> {
  const connections = Math.max(...options.connections);
  const { payload, warmUpSeconds: seconds } = options;
  if (seconds > 0) await load({ url: target.url, payload, connections, seconds });
}

async function measure(
  target: Target,
  connections: number,
  round: number,
  options: RoundOptions,
): Promise<Sample> {
  await delay(settleMs);
  const before = await snapshot(target);
  const { payload, seconds } = options;
  const result = await load({ url: target.url, payload, connections, seconds });
  const after = await snapshot(target);
  const sample = { ...result, target: target.name, connections, round };
  if (before === undefined || after === undefined) return sample;
  const { eventLoopDelayP99Ms } = after.server;
  return { ...sample, cpu: splitCpu(before, after, options.preprocessMs), eventLoopDelayP99Ms };
}

async function snapshot(target: Target): Promise<CpuSnapshot | undefined> {
  if (target.processId === undefined) return undefined;
  const [server, eventLoopSeconds] = await Promise.all([
    takeSnapshot(target.url),
    readThreadCpu(target.processId).then(
      ({ loop }) => loop,
      () => Number.NaN,
    ),
  ]);
  return { server, eventLoopSeconds };
}
