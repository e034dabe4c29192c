import { randomBytes } from 'node:crypto';
import type { Config } from '../../common/config/config.ts';
import { GATE_SCHEMA_VERSION, type GateResult } from '../../registry/gate-result.ts';
import { registryOf } from '../../registry/open-registry.ts';
import { requireVersion } from '../../registry/promotion.ts';
import { requireName } from '../../registry/registry-store.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import { conclude, concludeAgain } from './conclude.ts';
import type { GateTold, GateWish } from './gate-options.ts';
import { openGateSet, type GateSet, checkOrigins } from './gate-set.ts';
import { judgeVersions, unmeasured, type Judged } from './measure-versions.ts';
import { gateThresholdsOf } from './thresholds.ts';

/**
 * Judges a challenger against the version that an alias stands for, both loaded and asked as a server would, writes
 * the result beside the versions and, where it is to be promoted, moves the alias. The result is written before the
 * alias moves.
 * @throws Error whose message says what to do: no such version, no photo in the split, …
 */
export async function runGate(wish: GateWish, config: Config, told: GateTold): Promise<GateResult> {
  requireName('model', wish.model);
  requireName('alias', wish.alias);
  const registry = registryOf(config);
  const earlier = await earlierResult(registry, wish);
  if (earlier !== undefined) {
    await told.confirm?.();
    return concludeAgain(registry, earlier);
  }
  await requireVersion(registry, wish.model, wish.challenger);
  const pointer = await registry.readAlias(wish.model, wish.alias);
  const champion = pointer?.version ?? null;
  const set = await openGateSet(wish);
  const judged = await judge(registry, { wish, champion, set }, config, told);
  told.signal?.throwIfAborted();
  await told.confirm?.();
  return conclude(registry, {
    ...frame(wish, config, champion),
    ...judged,
    ...promotion(wish, judged),
  });
}

async function earlierResult(
  registry: RegistryWriter,
  { model, alias, challenger, id }: GateWish,
): Promise<GateResult | undefined> {
  const earlier = id === undefined ? undefined : await registry.readGate(model, id);
  if (earlier === undefined) return undefined;
  if (earlier.alias === alias && earlier.challenger === challenger) return earlier;
  throw new Error(
    `gate ${earlier.id} judged version ${earlier.challenger} for ${earlier.alias}; give another id`,
  );
}

interface Contest {
  wish: GateWish;
  champion: number | null;
  set: GateSet;
}

async function judge(
  registry: RegistryWriter,
  { wish, champion, set }: Contest,
  config: Config,
  told: GateTold,
): Promise<Judged & Pick<GateResult, 'notes' | 'unverified'>> {
  const { model, alias, challenger } = wish;
  if (champion === challenger) {
    const same = unmeasured(set, 'hold', [`${alias} stands for version ${challenger} already`]);
    return { ...same, notes: [], unverified: [] };
  }
  const versions = champion === null ? [challenger] : [champion, challenger];
  const origins = await checkOrigins(registry, model, versions, set.checked);
  const { refusals, notes, unverified } = origins;
  if (refusals.length > 0) return { ...unmeasured(set, 'refuse', refusals), notes, unverified };
  told.tell(introduction({ wish, champion, set }));
  const judged = await judgeVersions({ model, champion, challenger }, set, config, told);
  return { ...judged, notes, unverified };
}

function introduction({ wish, champion, set }: Contest): string {
  const { model, challenger, alias } = wish;
  const rival = champion === null ? `no version (${alias})` : `${champion} (${alias})`;
  return `${model} ${challenger} against ${rival} on ${set.photos.length} photos`;
}

/** What is known before anything is judged. */
function frame(
  { model, alias, challenger, by, id }: GateWish,
  config: Config,
  champion: number | null,
) {
  const createdAt = new Date().toISOString();
  return {
    schemaVersion: GATE_SCHEMA_VERSION,
    id: id ?? newId(createdAt),
    createdAt,
    by,
    model,
    alias,
    champion,
    challenger,
    thresholds: gateThresholdsOf(config),
  } satisfies Partial<GateResult>;
}

/** Sorts by time: `20260102t030405678z-0a1b2c`. */
function newId(createdAt: string): string {
  const time = createdAt.replaceAll(/[-:.]/g, '').toLowerCase();
  return `${time}-${randomBytes(3).toString('hex')}`;
}

function promotion(
  { force, reason, by }: GateWish,
  { outcome }: Judged,
): Pick<GateResult, 'forced' | 'promoted'> {
  const forced = force ? { by, reason: reason ?? '' } : null;
  return { forced, promoted: outcome === 'promote' || forced !== null };
}
