import type { Attack } from './attack.ts';
import { campaign } from './campaign.ts';
import { exchange, type Reply } from './exchange.ts';

export interface FuzzOptions {
  /** Of the server, on this machine. */
  port: number;
  requests: number;
  seed: number;
  /** Connections at a time. */
  concurrency: number;
  onProgress?: (done: number) => void;
}

/** What a campaign came to. */
export interface FuzzResult {
  requests: number;
  /** How often each status was answered; `none` where the client went first or the server closed. */
  statuses: Record<string, number>;
  /** Faults of the server, `kind: what`, with how often. */
  faults: Map<string, number>;
  slowest: { kind: string; ms: number };
}

/** Throws a campaign at a server and judges every answer. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const result: FuzzResult = {
    requests: 0,
    statuses: {},
    faults: new Map(),
    slowest: { kind: '', ms: 0 },
  };
  const attacks = campaign(options.requests, options.seed);
  const client = async (): Promise<void> => {
    for await (const attack of attacks) {
      note(result, attack, await exchange(options.port, attack));
      options.onProgress?.(result.requests);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, client));
  return result;
}

function note(result: FuzzResult, attack: Attack, reply: Reply): void {
  result.requests += 1;
  const [status = 'none'] = reply.statuses;
  result.statuses[status] = (result.statuses[status] ?? 0) + 1;
  if (reply.ms > result.slowest.ms) result.slowest = { kind: attack.kind, ms: reply.ms };
  for (const fault of faultsOf(attack, reply)) {
    const text = `${attack.kind}: ${fault}`;
    result.faults.set(text, (result.faults.get(text) ?? 0) + 1);
  }
}

/** What no client may be able to bring about. */
function faultsOf({ mostAnswers = 1, mustAnswer }: Attack, reply: Reply): string[] {
  const faults = [];
  if (reply.hung) faults.push('hung');
  if (reply.statuses.some((status) => status >= 500)) {
    faults.push(`answered ${reply.statuses.join()} ${reply.codes.join()}`);
  }
  if (reply.statuses.length > mostAnswers) faults.push(`${reply.statuses.length} answers`);
  if (mustAnswer && reply.statuses.length === 0 && !reply.hung) faults.push('not answered');
  return faults;
}
