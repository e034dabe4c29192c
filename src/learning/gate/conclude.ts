import type { GateResult } from '../../registry/gate/gate-result.ts';
import { AliasMovedError, promote } from '../../registry/promotion.ts';
import type { Alias, RegistryWriter } from '../../registry/registry.ts';

/**
 * Writes a result and, if it promotes the challenger, moves the alias. If the alias has moved since the champion was read,
 * the gate does not move it and records that in the result.
 * @returns the result as written
 * @throws RegistryError
 */
export async function conclude(
  registry: RegistryWriter,
  evaluated: GateResult,
): Promise<GateResult> {
  const pointer = await registry.readAlias(evaluated.model, evaluated.alias);
  const result =
    evaluated.promoted && isMoved(pointer, evaluated) ? heldBack(evaluated, pointer) : evaluated;
  await registry.addGate(result);
  return move(registry, result);
}

/**
 * Applies the recorded decision of an interrupted gate.
 * @returns the result as written
 * @throws RegistryError
 */
export async function resumeConclusion(
  registry: RegistryWriter,
  result: GateResult,
): Promise<GateResult> {
  const { model, alias, id } = result;
  const correction = await registry.readGate(model, correctionId(id));
  if (correction !== undefined) return correction;
  const pointer = await registry.readAlias(model, alias);
  return isDone(pointer, result) ? result : move(registry, result);
}

/** Moves the alias. The result must already be written, so that every move by a gate has one. */
async function move(registry: RegistryWriter, result: GateResult): Promise<GateResult> {
  if (!result.promoted) return result;
  const { model, alias, champion: expect, challenger, by } = result;
  try {
    await promote(registry, challenger, { model, alias, expect, by, reason: moveReason(result) });
    return result;
  } catch (error) {
    if (!(error instanceof AliasMovedError)) throw error;
    const held = heldBack(result, await registry.readAlias(model, alias));
    const correction = { ...held, id: correctionId(result.id) };
    await registry.addGate(correction);
    return correction;
  }
}

function isMoved(pointer: Alias | undefined, { champion }: GateResult): boolean {
  return (pointer?.version ?? null) !== champion;
}

/** Whether this result has already moved the alias, even if the alias has moved again since. */
function isDone(pointer: Alias | undefined, result: GateResult): boolean {
  if (pointer === undefined) return false;
  return [pointer, ...pointer.history].some(({ reason }) => reason === moveReason(result));
}

function heldBack(evaluated: GateResult, pointer: Alias | undefined): GateResult {
  const { alias, champion, outcome } = evaluated;
  const text = (version: number | null | undefined) =>
    version == null ? 'no version' : `version ${version}`;
  const moved = `${alias} was moved in the meantime: it points to ${text(pointer?.version)}, not to ${text(champion)}, which was evaluated`;
  return {
    ...evaluated,
    outcome: 'hold',
    reasons: [moved, `otherwise the outcome would be ${outcome}`, ...evaluated.reasons],
    promoted: false,
  };
}

/** The id of the result that corrects another one, because the alias was moved after that one was written. */
function correctionId(id: string): string {
  return `${id}-moved`;
}

/** The reason for the alias's history. */
function moveReason({ id, outcome, reasons, forced }: GateResult): string {
  if (forced === null || outcome === 'promote') return `gate ${id}: ${reasons[0]!}`;
  return `forced despite gate ${id} (${outcome}: ${reasons[0]!}): ${forced.reason}`;
}
