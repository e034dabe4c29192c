import type { GateResult } from '../../src/registry/gate-result.ts';

/** Exit statuses of commands that may promote a version; 1 is any failure. */
export const exitCodes = {
  promoted: 0,
  usage: 2,
  hold: 10,
  refuse: 11,
  locked: 12,
  interrupted: 130,
} as const;

/** What a gate's result means to the one who runs the command. */
export function exitCodeOf({
  outcome,
  promoted,
}: Pick<GateResult, 'outcome' | 'promoted'>): number {
  if (promoted || outcome === 'promote') return exitCodes.promoted;
  return exitCodes[outcome];
}
