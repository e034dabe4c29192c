import type { KeyedRequest } from './keyed-load.ts';

export interface Split {
  readonly requests: number;
  readonly failed: number;
  /** Share of the answered requests that the canary answered. */
  readonly share: number;
  /** Clients that more than one version answered. */
  readonly wavering: number;
  readonly clients: number;
}

/** How requests fell to the canary, and whether each client stayed with its version. */
export function splitOf(requests: readonly KeyedRequest[], canary: number): Split {
  const versions = new Map<string, Set<number>>();
  let byCanary = 0;
  let answered = 0;
  for (const { client, version } of requests) {
    if (version === undefined) continue;
    answered += 1;
    if (version === canary) byCanary += 1;
    versions.set(client, (versions.get(client) ?? new Set()).add(version));
  }
  return {
    requests: requests.length,
    failed: requests.length - answered,
    share: byCanary / answered,
    wavering: [...versions.values()].filter(({ size }) => size > 1).length,
    clients: versions.size,
  };
}
