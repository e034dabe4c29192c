/** Lets publishers and promoters race: `npm run bench:races -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/common/config/config.ts';
import { registryOf } from '../src/registry/open-registry.ts';
import { startOwnS3 } from './registry/own-s3.ts';
import { runRaces } from './registry/races.ts';

const help = `npm run bench:races -- [options]

Two processes publish the next version at the same time, then promote one each from the same version. Fails unless there
is exactly one winner each time, nothing is torn and the history is complete.
  --rounds N   50 by default
  --s3         in a bucket of a real S3 server on loopback, which it starts; else in a temporary folder`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    s3: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'face-age-races-'));
  const s3 = values.s3 ? await startOwnS3() : undefined;
  try {
    const environment = {
      ...process.env,
      ...s3?.environment,
      MODEL_REGISTRY: s3?.location ?? join(folder, 'models'),
      MODEL_CACHE_DIR: join(folder, 'cache'),
    };
    const config = readConfig(environment);
    const registry = registryOf(config);
    const startMs = performance.now();
    const { faults, ...tally } = await runRaces(registry, environment, Number(values.rounds));
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    console.log(`${registry.location}, ${seconds} s: ${JSON.stringify(tally)}`);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0 || !tally.historyComplete) process.exitCode = 1;
  } finally {
    await s3?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await bench();
