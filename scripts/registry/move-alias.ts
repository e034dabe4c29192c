import type { Alias } from '../../src/registry/registry.ts';
import type { AliasMove } from '../../src/registry/promotion.ts';
import { aliasOutcome } from './alias-outcome.ts';
import { versionOf, whoRuns, type Outcome } from './command-line.ts';
import { followed } from './follow.ts';
import {
  placeOptions,
  readSettings,
  type RegistrySettings,
} from '../../src/registry/registry-settings.ts';

/** What `promote` and `rollback` take. */
export const moveOptions = {
  ...placeOptions,
  expect: { type: 'string' },
  reason: { type: 'string', default: '' },
  wait: { type: 'string', multiple: true },
  timeout: { type: 'string', default: '120' },
} as const;

export const moveUsage = `  --expect N      only where the alias stands for version N now
  --reason TEXT   remembered in the alias's history
  --wait URL      return when the server there serves the version, fail where it refuses it; may be repeated. With
                  ADMIN_TOKEN set the server is told to look at once
  --timeout S     seconds to wait for each server (default: 120)`;

export interface MoveWish {
  name?: string | undefined;
  alias?: string | undefined;
  weight?: string | undefined;
  expect?: string | undefined;
  reason: string;
  wait?: string[] | undefined;
  timeout: string;
}

/** Moves an alias, waits for the servers that are to follow, and says what became of it. */
export async function moveAlias(
  wish: MoveWish,
  move: (settings: RegistrySettings, how: AliasMove) => Promise<Alias>,
): Promise<Outcome> {
  const timeoutMs = Number(wish.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Error(`--timeout ${wish.timeout}: give seconds`);
  const expect = wish.expect === undefined ? undefined : versionOf(wish.expect, '--expect');
  const settings = readSettings(wish);
  const { name: model, alias, config } = settings;
  const weight = wish.weight === undefined ? undefined : Number(wish.weight);
  const how = { model, alias, expect, weight, by: whoRuns(), reason: wish.reason };
  const pointer = await move(settings, how);
  // A canary that answers nothing is not loaded.
  const urls = pointer.weight === 0 ? [] : (wish.wait ?? []);
  const options = { alias, version: pointer.version, timeoutMs, adminToken: config.ADMIN_TOKEN };
  await Promise.all(urls.map((url) => followed(url, options)));
  return aliasOutcome(settings, pointer, urls);
}
