import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyArtifact } from '../../../src/registry/loading/verify-artifact.ts';
import { promote } from '../../../src/registry/promotion.ts';
import type { RegistryWriter } from '../../../src/registry/registry.ts';
import type { RaceResult, RaceStart } from './racer.ts';

const NAME = 'face-age';
const ALIAS = 'production';
const ROUNDS = 5;

/** What the racing processes and this one share. */
export interface RaceTrack {
  registry: RegistryWriter;
  /** The racers' whole environment. */
  environment: NodeJS.ProcessEnv;
}

/** Tests of a registry that two processes change at the same time. */
export function describeRaces(createTrack: () => RaceTrack): void {
  let registry: RegistryWriter;
  let racers: ChildProcess[] = [];
  beforeAll(async () => {
    const track = createTrack();
    registry = track.registry;
    racers = await Promise.all([startRacer(track), startRacer(track)]);
  }, 300_000);
  afterAll(() => {
    for (const racer of racers) racer.kill();
  });

  it('gives two publishers different versions, both whole', { timeout: 300_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const before = await registry.listVersions(NAME);
      const next = (before.at(-1) ?? 0) + 1;
      const published = await race(racers, [{ kind: 'publish' }, { kind: 'publish' }]);
      const versions = published.map((each) => (each.kind === 'version' ? each.version : each));
      expect(versions).toContain(next);
      expect(new Set(versions).size).toBe(2);
      const listed = await registry.listVersions(NAME);
      expect(listed).toHaveLength(before.length + 2);
      for (const version of listed.slice(-2))
        await verifyArtifact(await registry.fetchArtifact(NAME, version));
    }
  });

  it(
    'lets one of two promoters win, rejects the other, and keeps the whole history',
    { timeout: 300_000 },
    async () => {
      await promote(registry, 1, { model: NAME, alias: ALIAS, by: 'tests', reason: 'first' });
      const winners = [1];
      for (let round = 1; round < ROUNDS; round++) {
        const expected = winners.at(-1);
        const results = await race(racers, [
          { kind: 'promote', version: 2 * round, expect: expected },
          { kind: 'promote', version: 2 * round + 1, expect: expected },
        ]);
        const won = results.flatMap((each) => (each.kind === 'version' ? each.version : []));
        expect(won).toHaveLength(1);
        expect(results).toContainEqual({ kind: 'lost' });
        winners.push(won[0]!);
      }
      const alias = (await registry.readAlias(NAME, ALIAS))!;
      const history = [...alias.history.map(({ version }) => version), alias.version];
      expect(history).toEqual(winners);
    },
  );
}

async function startRacer({ environment }: RaceTrack): Promise<ChildProcess> {
  const racer = fork(path.join(import.meta.dirname, 'racer.ts'), {
    execArgv: ['--import', 'tsx'],
    env: environment,
  });
  await once(racer, 'message');
  return racer;
}

/** Starts one race for each racer at the same time. */
function race(racers: readonly ChildProcess[], starts: readonly RaceStart[]) {
  const results = racers.map(async (racer) => {
    const [result] = (await once(racer, 'message')) as [RaceResult];
    return result;
  });
  racers.forEach((racer, index) => racer.send(starts[index]!));
  return Promise.all(results);
}
