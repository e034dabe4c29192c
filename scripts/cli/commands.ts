import { ownValue } from '../../src/common/own-value.ts';
import { doctor } from './doctor.ts';
import { predict } from './predict.ts';
import { runScript } from './run-script.ts';

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
  retrain: scripted('train, gate, publish and promote in one go', 'scripts/retrain'),
  schedule: scripted('retrain by the clock', 'scripts/schedule'),
  feedback: scripted('list, accept, reject and remove feedback', 'scripts/feedback'),
  refresh: scripted('a version’s weights with all that photos tell made anew', 'scripts/refresh'),
};

/** What `--help` says. */
export const overview = `Usage: npx face-age COMMAND [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

Start here:
  npx face-age doctor                      is everything there?
  npx face-age predict photo.jpg           one photo, no server needed
  npx face-age predict photos/ --csv       a folder, a line a photo
  npx face-age serve                       the same over HTTP

Each command has --help. Settings are environment variables, as for the service: MODEL_REGISTRY, ENGINE and so on.`;
