import { diffVersions, pruneVersions } from '../src/cli/diff-versions.ts';
import { aliasHistory, listGates, listVersions } from '../src/cli/list-versions.ts';
import { runCommand, type Outcome } from '../src/cli/registry-command.ts';
import {
  placeOptions,
  placeUsage,
  readSettings,
  versionOf,
} from '../src/registry/registry-settings.ts';

const usage = `Usage: npm run models -- [list | diff A B | history | gates | prune --keep N [--dry-run]] [options]
  list             every version, its aliases and figures (the default)
  diff A B         what the manifests of two versions say differently
  history          which versions the alias stood for, since when, by whom and why
  gates            which versions were held against which, and what came of it
  prune            removes all but the newest N versions and those that an alias stands for or stood for before

  --keep N        of prune: newest versions that stay
  --dry-run       of prune: only say what would go
${placeUsage}`;

const options = {
  ...placeOptions,
  keep: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
} as const;

await runCommand(usage, options, async ({ values, positionals }): Promise<Outcome> => {
  const settings = readSettings(values);
  const [action = 'list', first, second] = positionals;
  switch (action) {
    case 'list':
      return listVersions(settings);
    case 'diff':
      return diffVersions(settings, versionOf(first, 'diff A B'), versionOf(second, 'diff A B'));
    case 'history':
      return aliasHistory(settings);
    case 'gates':
      return listGates(settings);
    case 'prune':
      return pruneVersions(settings, {
        keep: versionOf(values.keep, '--keep'),
        dryRun: values['dry-run'],
      });
    default:
      throw new Error(`"${action}" is no action\n\n${usage}`);
  }
});
