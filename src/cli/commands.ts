import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../common/config/config.ts';
import { ownValue } from '../common/own-value.ts';
import { doctor } from './doctor.ts';
import { predict } from './predict.ts';

/** glibc gives memory back too eagerly for tensors of one size that come and go. */
const trainingMemory = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '100000000000',
  MALLOC_TOP_PAD_: '268435456',
};
const trains: ReadonlySet<string> = new Set(['scripts/train', 'scripts/retrain']);

/**
 * Runs one of the scripts with this terminal, as it is run by itself.
 * @param script path without extension, from the root of the sources or of what was compiled
 * @returns its exit status; 128 and the signal's number where a signal ended it
 */
export async function runScript(script: string, args: readonly string[]): Promise<number> {
  const file = fileURLToPath(
    new URL(`../../${script}${extname(import.meta.url)}`, import.meta.url),
  );
  const loader = file.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const env = { ...inheritedEnvironment(), ...(trains.has(script) ? trainingMemory : {}) };
  const child = spawn(process.execPath, [...loader, '--enable-source-maps', file, ...args], {
    stdio: 'inherit',
    env,
  });
  // Ctrl-C reaches the child by the terminal; a signal sent to this process alone is passed on.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', pass).on('SIGHUP', pass);
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      resolve(code ?? (signal === null ? 1 : signalStatus(signal))),
    );
  });
}

function signalStatus(signal: NodeJS.Signals): number {
  const numbers: Partial<Record<NodeJS.Signals, number>> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGKILL: 9,
    SIGTERM: 15,
  };
  return 128 + (numbers[signal] ?? 0);
}

interface Command {
  summary: string;
  /** @returns the exit status */
  run: (args: readonly string[]) => Promise<number>;
}

const scripted = (summary: string, script: string): Command => ({
  summary,
  run: (args) => runScript(script, args),
});

/** What `models` does beyond what it looks up itself. */
const modelActions: Readonly<Record<string, string>> = {
  promote: 'scripts/promote',
  rollback: 'scripts/rollback',
  publish: 'scripts/publish',
  import: 'scripts/import',
  sync: 'scripts/sync',
};

function models([action = 'list', ...args]: readonly string[]): Promise<number> {
  const script = ownValue(modelActions, action);
  return script === undefined
    ? runScript('scripts/models', [action, ...args])
    : runScript(script, args);
}

export const commands: Readonly<Record<string, Command>> = {
  predict: {
    summary: 'ages of photos and of whole folders, with or without a server',
    run: predict,
  },
  serve: scripted(
    'the service, on PORT (3000); docs/configuration.md lists the settings',
    'src/main',
  ),
  doctor: { summary: 'what this machine can do, and what to do about what it cannot', run: doctor },
  models: {
    summary: 'list, diff, history, gates, prune · promote, rollback, publish, import, sync',
    run: models,
  },
  train: scripted('a new version from labelled photos', 'scripts/train'),
  evaluate: scripted('how good a version is, as a report', 'scripts/evaluate'),
  gate: scripted('hold a version against the one that serves', 'scripts/gate'),
  'gate-config': scripted(
    'show, set and migrate the thresholds of the gate',
    'scripts/gate-config',
  ),
  retrain: scripted('train, gate, publish and promote in one go', 'scripts/retrain'),
  schedule: scripted('retrain by the clock', 'scripts/schedule'),
  feedback: scripted('list, accept, reject and remove feedback', 'scripts/feedback'),
  refresh: scripted('a version’s weights with all that photos tell made anew', 'scripts/refresh'),
};

/** What `--help` says. */
export const overview = `Usage: npx face-age COMMAND [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`)
  .join('\n')}

Start here:
  npx face-age doctor                      is everything there?
  npx face-age predict photo.jpg           one photo, no server needed
  npx face-age predict photos/ --csv       a folder, a line a photo
  npx face-age serve                       the same over HTTP

Each command has --help. Settings are environment variables, as for the service: MODEL_REGISTRY, ENGINE and so on.`;
