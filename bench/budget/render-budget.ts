import { markdownTable } from '../../src/common/text/text-table.ts';
import type { ThreadCpu } from '../support/thread-cpu.ts';
import { loopStages, type LoopStage } from './stages.ts';

/** CPU milliseconds per image, and what the machine could do at best. */
export interface Budget {
  cores: number;
  connections: number;
  requestsPerSecond: number;
  precision: string;
  /** Images per inference, on average. */
  batch: number;
  threads: ThreadCpu;
  /** Shares of the event loop's thread. */
  loopShares: ReadonlyMap<LoopStage, number>;
  generatorMs: number;
  /** Each measured by itself, milliseconds of CPU. */
  alone: { decodeMs: number; inferenceMs: number; echoMs: number };
}

/** The most requests per second that any server on this machine could answer. */
export function machineLimit({ cores, alone, generatorMs }: Budget): number {
  return (cores * 1000) / (alone.decodeMs + alone.inferenceMs + alone.echoMs + generatorMs);
}

/** The share of the CPU time that went to those parts; other work on the machine does not affect it. */
function usefulShare({ alone, generatorMs, threads }: Budget): number {
  const needed = alone.decodeMs + alone.inferenceMs + alone.echoMs + generatorMs;
  return needed / (threads.loop + threads.engine + threads.helpers + generatorMs);
}

/** Markdown: CPU milliseconds per image by stage, the limit with each of its parts, and the share reached. */
export function renderBudget(budget: Budget): string {
  return [
    `${budget.connections} connections, ${budget.requestsPerSecond.toFixed(0)} requests/s, ` +
      `${budget.batch.toFixed(1)} images per inference, ${budget.precision}`,
    table('CPU, ms per image', spentRows(budget)),
    table('limit, ms per image', limitRows(budget)),
    `limit ${machineLimit(budget).toFixed(0)} requests/s on ${budget.cores} cores, ` +
      `share reached ${(budget.requestsPerSecond / machineLimit(budget)).toFixed(2)}; ` +
      `${usefulShare(budget).toFixed(2)} of the CPU time went to these parts`,
  ].join('\n\n');
}

function spentRows(budget: Budget): [string, number][] {
  const { threads, loopShares, generatorMs, cores, requestsPerSecond } = budget;
  const stages = loopStages.map((stage): [string, number] => [
    stage,
    (loopShares.get(stage) ?? 0) * threads.loop,
  ]);
  const server = threads.loop + threads.engine + threads.helpers;
  const wall = (cores * 1000) / requestsPerSecond;
  return [
    ...stages,
    ['inference', threads.engine],
    ['helper threads', threads.helpers],
    ['server in total', server],
    ['load generator', generatorMs],
    ['idle or other processes', Math.max(0, wall - server - generatorMs)],
  ];
}

function limitRows({ alone, generatorMs }: Budget): [string, number][] {
  return [
    ['decoding alone', alone.decodeMs],
    ['inference alone, batch 16, one thread', alone.inferenceMs],
    ['bare node:http echo of the same body', alone.echoMs],
    ['load generator', generatorMs],
  ];
}

function table(title: string, rows: readonly (readonly [string, number])[]): string {
  return markdownTable(
    ['', title],
    rows.map(([name, ms]) => [name, ms.toFixed(3)]),
  );
}
