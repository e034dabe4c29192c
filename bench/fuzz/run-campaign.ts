import type { Attack } from './attack.ts';
import { campaign } from './campaign.ts';
import { exchange, type Reply } from './exchange.ts';

export interface CampaignOptions {
  /** The server's port on this machine. */
  port: number;
  requests: number;
  seed: number;
  /** Connections open at the same time. */
  concurrency: number;
  onProgress?: (done: number) => void;
}

/** The outcome of a campaign. */
export interface CampaignResult {
  requests: number;
  /** How often each status was answered; `none` if a connection closed without an answer. */
  statuses: Record<string, number>;
  /** Faults of the server, as `attack: fault`, and how often each occurred. */
  faults: Map<string, number>;
  slowest: { kind: string; ms: number };
}

/** Runs a campaign of attacks against a server and checks every answer. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const result: CampaignResult = {
    requests: 0,
    statuses: {},
    faults: new Map(),
    slowest: { kind: '', ms: 0 },
  };
  const attacks = campaign(options.requests, options.seed);
  const client = async (): Promise<void> => {
    for await (const attack of attacks) {
      record(result, attack, await exchange(options.port, attack));
      options.onProgress?.(result.requests);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, client));
  return result;
}

function record(result: CampaignResult, attack: Attack, reply: Reply): void {
  result.requests += 1;
  const [status = 'none'] = reply.statuses;
  result.statuses[status] = (result.statuses[status] ?? 0) + 1;
  if (reply.ms > result.slowest.ms) result.slowest = { kind: attack.kind, ms: reply.ms };
  for (const fault of faultsOf(attack, reply)) {
    const text = `${attack.kind}: ${fault}`;
    result.faults.set(text, (result.faults.get(text) ?? 0) + 1);
  }
}

/** What no client may be able to cause. */
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
