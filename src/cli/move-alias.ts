import { z } from 'zod';
import { sleep } from '../common/clock.ts';
import {
  parseAnswer,
  requestService,
  ServiceAnswerError,
} from '../learning/evaluation/http-answers.ts';
import { CANARY_ALIAS, SHADOW_ALIAS } from '../registry/aliases.ts';
import type { AliasMove } from '../registry/promotion.ts';
import type { Alias } from '../registry/registry.ts';
import type { Outcome } from './command.ts';
import {
  currentUser,
  registryTarget,
  type RegistryTarget,
  type TargetOptions,
} from './registry-target.ts';

/** How a moved alias is reported. */
function aliasOutcome(
  { name, alias, registry }: RegistryTarget,
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

/** The server's own alias, and those that it follows in addition. */
const modelsSchema = followingSchema.extend({
  [CANARY_ALIAS]: followingSchema.nullish(),
  [SHADOW_ALIAS]: followingSchema.nullish(),
});

interface FollowOptions {
  /** The alias that was moved. */
  alias: string;
  version: number;
  timeoutMs: number;
  /** With it, the server is asked to read the alias at once instead of at its next poll. */
  adminToken?: string | undefined;
}

/**
 * Waits until a server serves the version.
 * @throws ServiceAnswerError where the server cannot load it (with its reason) or the time is up
 */
async function untilServed(origin: string, options: FollowOptions): Promise<void> {
  const { alias, version, timeoutMs, adminToken } = options;
  const deadlineMs = performance.now() + timeoutMs;
  if (adminToken !== undefined) await askToReload(origin, adminToken);
  let seen = 'it has not responded';
  while (performance.now() < deadlineMs) {
    const answer = await ask(origin, alias);
    if (answer !== undefined) {
      if (serves(answer, version, origin)) return;
      seen = `it serves ${answer.current?.version ?? 'nothing'}, ${answer.state}: ${answer.reason}`;
    }
    await sleep(POLL_MS);
  }
  throw new ServiceAnswerError(
    `${origin} does not serve version ${version} after ${timeoutMs / 1000} s; ${seen}`,
  );
}

/** @throws ServiceAnswerError where the server cannot load the version */
function serves(answer: Following, version: number, origin: string): boolean {
  const { current, desired, state, reason } = answer;
  if (state === 'failed' && desired?.version === version)
    throw new ServiceAnswerError(`${origin} refuses version ${version}: ${reason}`);
  return current?.version === version;
}

/** Undefined where the server does not respond, or does not follow the alias. */
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

/** @throws ServiceAnswerError where the token is rejected */
async function askToReload(origin: string, token: string): Promise<void> {
  const { ok, status, text } = await requestService(new URL('/v1/admin/reload', origin), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (!ok) throw new ServiceAnswerError(`${status} for ${origin}/v1/admin/reload: ${text}`);
}

/** What `promote` and `rollback` are asked for. */
export interface MoveOptions extends TargetOptions {
  /** The share of the traffic of a canary. */
  weight?: number;
  /** Fail unless the alias points to this version now. */
  expect?: number;
  reason: string;
  /** The servers that must serve the version before the command ends. */
  wait?: string[];
  /** Seconds to wait for each server. */
  timeout: number;
  json?: boolean;
}

/**
 * Moves an alias and waits for the servers that are to follow it.
 * @throws RegistryError, AliasMovedError; ServiceAnswerError where a server does not follow
 */
export async function moveAlias(
  { weight, expect, reason, wait = [], timeout, ...target }: MoveOptions,
  move: (target: RegistryTarget, how: AliasMove) => Promise<Alias>,
): Promise<Outcome> {
  const registry = registryTarget(target);
  const { name: model, alias, config } = registry;
  const pointer = await move(registry, { model, alias, expect, weight, by: currentUser(), reason });
  // Servers do not load a canary with no share of the traffic.
  const urls = pointer.weight === 0 ? [] : wait;
  const { version } = pointer;
  const options = { alias, version, timeoutMs: timeout * 1000, adminToken: config.ADMIN_TOKEN };
  await Promise.all(urls.map((url) => untilServed(url, options)));
  return aliasOutcome(registry, pointer, urls);
}
