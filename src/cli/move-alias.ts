import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import {
  parseAnswer,
  requestService,
  ServiceAnswerError,
} from '../learning/evaluation/http-answers.ts';
import { CANARY_ALIAS, SHADOW_ALIAS } from '../registry/aliases.ts';
import type { AliasMove } from '../registry/promotion.ts';
import {
  type RegistrySettings,
  placeOptions,
  readSettings,
  versionOf,
  whoRuns,
} from '../registry/registry-settings.ts';
import type { Alias } from '../registry/registry.ts';
import { type Outcome } from './registry-command.ts';

/** What to say of an alias that was moved. */
export function aliasOutcome(
  { name, alias, registry }: RegistrySettings,
  pointer: Alias,
  followed: readonly string[],
): Outcome {
  const { version, weight, previous, updatedAt, by, reason } = pointer;
  const before = previous === null ? '' : `; before: ${previous}`;
  const share = weight === undefined ? '' : ` with weight ${weight}`;
  const servers = followed.map((url) => `\n${url} serves version ${version}`).join('');
  return {
    text: `${alias} of ${name} in ${registry.location} is version ${version}${share}${before}${servers}`,
    data: { name, alias, version, weight, previous, updatedAt, by, reason, followed },
  };
}

const POLL_MS = 250;

const followingSchema = z.object({
  state: z.string(),
  reason: z.string().nullable(),
  current: z.object({ version: z.int() }).nullable(),
  desired: z.object({ version: z.int() }).nullable(),
});
type Following = z.infer<typeof followingSchema>;

/** The server's own alias, and those that it follows beside it. */
const modelsSchema = followingSchema.extend({
  [CANARY_ALIAS]: followingSchema.nullish(),
  [SHADOW_ALIAS]: followingSchema.nullish(),
});

export interface FollowOptions {
  /** The one that was moved. */
  alias: string;
  version: number;
  timeoutMs: number;
  /** Opens the admin route by which a server is told to look now instead of at its next poll. */
  adminToken?: string | undefined;
}

/**
 * Waits until a server serves the version.
 * @throws ServiceAnswerError where it cannot load it, with its reason, or has not followed in time
 */
export async function followed(origin: string, options: FollowOptions): Promise<void> {
  const { alias, version, timeoutMs, adminToken } = options;
  const deadlineMs = performance.now() + timeoutMs;
  if (adminToken !== undefined) await askToReload(origin, adminToken);
  let seen = 'it has not answered';
  while (performance.now() < deadlineMs) {
    const answer = await ask(origin, alias);
    if (answer !== undefined) {
      if (serves(answer, version, origin)) return;
      seen = `it serves ${answer.current?.version ?? 'nothing'}, ${answer.state}: ${answer.reason}`;
    }
    await setTimeout(POLL_MS);
  }
  throw new ServiceAnswerError(
    `${origin} does not serve version ${version} after ${timeoutMs / 1000} s; ${seen}`,
  );
}

/** @throws ServiceAnswerError where it wants to but cannot */
function serves(answer: Following, version: number, origin: string): boolean {
  const { current, desired, state, reason } = answer;
  if (state === 'failed' && desired?.version === version)
    throw new ServiceAnswerError(`${origin} refuses version ${version}: ${reason}`);
  return current?.version === version;
}

/** Undefined where the server does not answer, or does not follow the alias. */
async function ask(origin: string, alias: string): Promise<Following | undefined> {
  const signal = AbortSignal.timeout(5000);
  const response = await requestService(new URL('/v1/models', origin), { signal }).catch(
    (error: unknown) => {
      if (error instanceof ServiceAnswerError) return undefined;
      throw error;
    },
  );
  if (response?.ok !== true) return undefined;
  const answer = parseAnswer(response.text, modelsSchema);
  return alias === CANARY_ALIAS || alias === SHADOW_ALIAS ? (answer?.[alias] ?? undefined) : answer;
}

/** @throws ServiceAnswerError where the token is refused */
async function askToReload(origin: string, token: string): Promise<void> {
  const { ok, status, text } = await requestService(new URL('/v1/admin/reload', origin), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (!ok) throw new ServiceAnswerError(`${status} for ${origin}/v1/admin/reload: ${text}`);
}

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

export interface MoveOptions {
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
  given: MoveOptions,
  move: (settings: RegistrySettings, how: AliasMove) => Promise<Alias>,
): Promise<Outcome> {
  const timeoutMs = Number(given.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Error(`--timeout ${given.timeout}: give seconds`);
  const expect = given.expect === undefined ? undefined : versionOf(given.expect, '--expect');
  const settings = readSettings(given);
  const { name: model, alias, config } = settings;
  const weight = given.weight === undefined ? undefined : Number(given.weight);
  const how = { model, alias, expect, weight, by: whoRuns(), reason: given.reason };
  const pointer = await move(settings, how);
  // A canary that answers nothing is not loaded.
  const urls = pointer.weight === 0 ? [] : (given.wait ?? []);
  const options = { alias, version: pointer.version, timeoutMs, adminToken: config.ADMIN_TOKEN };
  await Promise.all(urls.map((url) => followed(url, options)));
  return aliasOutcome(settings, pointer, urls);
}
