import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { verifyArtifact } from '../../../src/registry/loading/verify-artifact.ts';
import { promote } from '../../../src/registry/promotion.ts';
import type { RegistryWriter } from '../../../src/registry/registry.ts';
import type { RaceResult, RaceStart } from './racer.ts';
import { templateManifest } from './template.ts';

const NAME = 'face-age';
const ALIAS = 'production';

/** What became of the races. */
export interface RaceTally {
  rounds: number;
  /** Rounds of publishers in which exactly one got the next number, and both versions are whole. */
  cleanPublications: number;
  /** Rounds of promoters in which exactly one moved the alias, and the other was told. */
  cleanPromotions: number;
  /** The alias's history names every version it stood for, in order. */
  historyComplete: boolean;
  faults: string[];
}

/** Two processes race to publish the next version, then to promote one each from the same version; again and again. */
export async function runRaces(
  registry: RegistryWriter,
  environment: NodeJS.ProcessEnv,
  rounds: number,
): Promise<RaceTally> {
  const racers = await Promise.all([startRacer(environment), startRacer(environment)]);
  const tally = { rounds, cleanPublications: 0, cleanPromotions: 0, faults: [] as string[] };
  const stoodFor = [await firstServing(registry)];
  try {
    for (let round = 0; round < rounds; round++) {
      const published = await racePublishers(racers, registry, tally.faults);
      if (published === undefined) continue;
      tally.cleanPublications += 1;
      const winner = await racePromoters(racers, published, stoodFor.at(-1)!, tally.faults);
      if (winner === undefined) continue;
      tally.cleanPromotions += 1;
      stoodFor.push(winner);
    }
  } finally {
    for (const racer of racers) racer.kill();
  }
  return { ...tally, historyComplete: await historyIs(registry, stoodFor) };
}

/** The racers expect the alias to stand for something. */
async function firstServing(registry: RegistryWriter): Promise<number> {
  const template = await templateManifest(NAME);
  const files = new Map([['model.onnx', Buffer.from('first')]]);
  const at = () => Promise.resolve({ manifest: template, files });
  const version = await registry.publish({ name: NAME, at });
  await promote(registry, version, { model: NAME, alias: ALIAS, by: 'bench', reason: 'first' });
  return version;
}

async function startRacer(environment: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const racer = fork(join(import.meta.dirname, 'racer.ts'), {
    execArgv: ['--import', 'tsx'],
    env: environment,
  });
  await once(racer, 'message');
  return racer;
}

function start(
  racers: readonly ChildProcess[],
  starts: readonly RaceStart[],
): Promise<RaceResult[]> {
  const results = racers.map(async (racer) => {
    const [result] = (await once(racer, 'message')) as [RaceResult];
    return result;
  });
  racers.forEach((racer, index) => racer.send(starts[index]!));
  return Promise.all(results);
}

/** @returns both versions where the round was clean */
async function racePublishers(
  racers: readonly ChildProcess[],
  registry: RegistryWriter,
  faults: string[],
): Promise<number[] | undefined> {
  const before = await registry.listVersions(NAME);
  const next = (before.at(-1) ?? 0) + 1;
  const results = await start(racers, [{ kind: 'publish' }, { kind: 'publish' }]);
  const versions = results.flatMap((each) => (each.kind === 'version' ? each.version : []));
  const listed = await registry.listVersions(NAME);
  const clean =
    versions.length === 2 &&
    versions.filter((version) => version === next).length === 1 &&
    new Set(versions).size === 2 &&
    listed.length === before.length + 2;
  if (!clean) {
    faults.push(
      `publishers of version ${next}: ${JSON.stringify(results)}, listed ${listed.length}`,
    );
    return undefined;
  }
  for (const version of versions) {
    try {
      await verifyArtifact(await registry.fetchArtifact(NAME, version));
    } catch (error) {
      faults.push(`version ${version} is torn: ${String(error)}`);
      return undefined;
    }
  }
  return versions;
}

/** @returns the version that won where the round was clean */
async function racePromoters(
  racers: readonly ChildProcess[],
  [first, second]: readonly number[],
  expect: number,
  faults: string[],
): Promise<number | undefined> {
  const results = await start(racers, [
    { kind: 'promote', version: first!, expect },
    { kind: 'promote', version: second!, expect },
  ]);
  const won = results.flatMap((each) => (each.kind === 'version' ? each.version : []));
  const lost = results.filter(({ kind }) => kind === 'lost');
  if (won.length === 1 && lost.length === 1) return won[0];
  faults.push(`promoters from ${expect}: ${JSON.stringify(results)}`);
  return undefined;
}

async function historyIs(registry: RegistryWriter, stoodFor: readonly number[]): Promise<boolean> {
  const pointer = await registry.readAlias(NAME, ALIAS);
  if (pointer === undefined) return stoodFor.length === 0;
  const text = [...pointer.history.map(({ version }) => version), pointer.version];
  return text.join() === stoodFor.join();
}
