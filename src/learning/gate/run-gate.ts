import { randomBytes } from 'node:crypto';
import type { ModelConfig } from '../../common/config/config.ts';
import { effectiveThresholds } from '../../registry/gate/gate-config.ts';
import {
  GATE_SCHEMA_VERSION,
  type GateResult,
  type GateThresholds,
} from '../../registry/gate/gate-result.ts';
import { registryOf } from '../../registry/open-registry.ts';
import { requireVersion } from '../../registry/promotion.ts';
import { requireName } from '../../registry/registry-store.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import { licenseRefusals } from './accepted-licenses.ts';
import { conclude, resumeConclusion } from './conclude.ts';
import type { GateReporter, GateOptions } from './gate-options.ts';
import { openGateSet, type GateSet, checkOrigins } from './gate-set.ts';
import { evaluateVersions, unmeasured, type Evaluated } from './measure-versions.ts';

/**
 * Compares a challenger with the version that an alias points to, both loaded and run in the same way as by a server.
 * Writes the result to the registry and then, if the challenger is promoted, moves the alias.
 * @throws Error with a message for the operator, such as that the version does not exist or the split has no photos
 */
export async function runGate(
  options: GateOptions,
  config: ModelConfig,
  reporter: GateReporter,
): Promise<GateResult> {
  requireName('model', options.model);
  requireName('alias', options.alias);
  const registry = registryOf(config);
  const earlier = await earlierResult(registry, options);
  if (earlier !== undefined) {
    await reporter.confirm?.();
    return resumeConclusion(registry, earlier);
  }
  await requireVersion(registry, options.model, options.challenger);
  const pointer = await registry.readAlias(options.model, options.alias);
  const champion = pointer?.version ?? null;
  const thresholds = effectiveThresholds(await registry.readGateConfig(options.model));
  const set = await openGateSet(options);
  for (const note of set.dataset.findings.notes) reporter.log(note);
  const contest = { options, champion, set, thresholds };
  const evaluated = await evaluate(registry, contest, config, reporter);
  reporter.signal?.throwIfAborted();
  await reporter.confirm?.();
  return conclude(registry, {
    ...headerOf(contest),
    ...evaluated,
    ...promotion(options, evaluated),
  });
}

async function earlierResult(
  registry: RegistryWriter,
  { model, alias, challenger, id }: GateOptions,
): Promise<GateResult | undefined> {
  const earlier = id === undefined ? undefined : await registry.readGate(model, id);
  if (earlier === undefined) return undefined;
  if (earlier.alias === alias && earlier.challenger === challenger) return earlier;
  throw new Error(
    `gate ${earlier.id} evaluated version ${earlier.challenger} for ${earlier.alias}; use another id`,
  );
}

interface Contest {
  options: GateOptions;
  champion: number | null;
  set: GateSet;
  thresholds: GateThresholds;
}

async function evaluate(
  registry: RegistryWriter,
  contest: Contest,
  config: ModelConfig,
  reporter: GateReporter,
): Promise<Evaluated & Pick<GateResult, 'notes' | 'unverified'>> {
  const { options, champion, set, thresholds } = contest;
  const { model, alias, challenger } = options;
  if (champion === challenger) {
    const same = unmeasured(set, 'hold', [`${alias} already points to version ${challenger}`]);
    return { ...same, notes: [], unverified: [] };
  }
  const versions = champion === null ? [challenger] : [champion, challenger];
  const origins = await checkOrigins(registry, model, versions, set.checked);
  const { notes, unverified } = origins;
  const refusals = [...origins.refusals, ...(await licensesRefused(registry, contest))];
  if (refusals.length > 0) return { ...unmeasured(set, 'refuse', refusals), notes, unverified };
  reporter.log(introduction(contest));
  const pair = { model, champion, challenger, thresholds };
  const evaluated = await evaluateVersions(pair, set, config, reporter);
  return { ...evaluated, notes, unverified };
}

async function licensesRefused(
  registry: RegistryWriter,
  { options: { model, challenger }, champion }: Contest,
): Promise<string[]> {
  return licenseRefusals(
    await registry.readManifest(model, challenger),
    champion === null ? undefined : await registry.readManifest(model, champion),
  );
}

function introduction({ options, champion, set }: Contest): string {
  const { model, challenger, alias } = options;
  const opponent = champion === null ? `no version (${alias})` : `${champion} (${alias})`;
  return `${model} ${challenger} against ${opponent} on ${set.photos.length} photos`;
}

/** The part of the result that is known before the evaluation. */
function headerOf({ options, champion, thresholds }: Contest) {
  const { model, alias, challenger, by, id } = options;
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
    thresholds,
  } satisfies Partial<GateResult>;
}

/** Creates an id that sorts by time, such as `20260102t030405678z-0a1b2c`. */
function newId(createdAt: string): string {
  const time = createdAt.replaceAll(/[-:.]/g, '').toLowerCase();
  return `${time}-${randomBytes(3).toString('hex')}`;
}

function promotion(
  { force, reason, by }: GateOptions,
  { outcome }: Evaluated,
): Pick<GateResult, 'forced' | 'promoted'> {
  const forced = force ? { by, reason: reason ?? '' } : null;
  return { forced, promoted: outcome === 'promote' || forced !== null };
}
