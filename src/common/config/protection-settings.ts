import { isIP } from 'node:net';
import { z } from 'zod';
import { listOf, setting } from './setting.ts';

/** A key that clients may use: its name in the log, and the SHA-256 of its text. */
export interface ApiKey {
  name: string;
  /** 32 bytes. */
  digest: Buffer;
}

const KEY = /^([\w.-]{1,40}):([0-9a-f]{64})$/;

function parseKeys(text: string, context: z.RefinementCtx): ApiKey[] {
  const entries = listOf(text);
  if (entries.length === 0) context.addIssue('it has no entry');
  return entries.map((word, index, all) => {
    const [, name, hash] = KEY.exec(word) ?? [];
    if (name !== undefined) return { name, digest: Buffer.from(hash!, 'hex') };
    // Not the word itself: it may be a key in plain text.
    context.addIssue(`entry ${index + 1} of ${all.length} is not`);
    return z.NEVER;
  });
}

/** Names that Express knows for groups of networks. */
const networks = new Set(['loopback', 'linklocal', 'uniquelocal']);

function isNetwork(word: string): boolean {
  const [address, length, ...more] = word.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address!)]!;
  const fits = length === undefined || (/^\d+$/.test(length) && Number(length) <= bits);
  return networks.has(word) || (bits > 0 && fits && more.length === 0);
}

function parseProxies(text: string, context: z.RefinementCtx): number | string[] {
  if (/^\d+$/.test(text)) return Number(text);
  const wrong = listOf(text).find((word) => !isNetwork(word));
  if (wrong !== undefined) context.addIssue(`"${wrong}" is neither`);
  return listOf(text);
}

function parseOrigins(text: string, context: z.RefinementCtx): string[] {
  for (const word of listOf(text)) {
    if (word === '*' || (URL.canParse(word) && new URL(word).origin === word)) continue;
    context.addIssue(`"${word}" is not an origin`);
  }
  return listOf(text);
}

const HOST = /^(\w(?:[\w.-]*\w)?\.?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;

function parseHosts(text: string, context: z.RefinementCtx): string[] {
  for (const word of listOf(text)) {
    const [, name, port] = HOST.exec(word) ?? [];
    if (name === undefined || Number(port ?? 1) > 65_535)
      context.addIssue(`"${word}" is not a host`);
  }
  if (listOf(text).length === 0) context.addIssue('it has no entry');
  return listOf(text);
}

/** Settings that say who may send requests, how many, and from where. */
export const protectionSettings = {
  ADMIN_TOKEN: setting(z.string().min(16).optional(), {
    meaning:
      'bearer token of at least 16 characters that opens `/v1/admin/…`; without it these routes are off',
    allowed: 'a token of at least 16 characters',
    secret: true,
  }),
  API_KEYS: setting(z.string().transform(parseKeys).optional(), {
    meaning:
      'keys that open the API, as `name:sha256`, separated by commas; `npm run api-key` makes one. Without it the API is open to all',
    allowed:
      'a list of names, each with a colon and the 64 hex digits of a hash, separated by commas (npm run api-key makes one)',
    secret: true,
  }),
  RATE_LIMIT_PER_MINUTE: setting(z.coerce.number().int().min(0).default(0), {
    meaning:
      'most requests in a minute by one API key, or by one address where there are no keys; 0 sets no limit',
  }),
  CORS_ORIGINS: setting(z.string().transform(parseOrigins).optional(), {
    meaning:
      'origins whose web pages may call the API, separated by commas, or `*`; without it none may',
    allowed: 'a list of origins such as https://example.com, separated by commas, or *',
  }),
  ALLOWED_HOSTS: setting(z.string().transform(parseHosts).optional(), {
    meaning:
      'hosts by which clients reach the server, separated by commas; requests for others get 421, except health checks. Without it any host is answered',
    allowed: 'a list of hosts such as faces.example.com or localhost:3000, separated by commas',
  }),
  TRUST_PROXY: setting(z.string().default('0').transform(parseProxies), {
    meaning:
      'number of proxies in front of the server, or their addresses and networks, separated by commas: only these may name the client',
    allowed: 'a number of proxies, or a list of addresses and networks separated by commas',
  }),
  ADMIN_PORT: setting(z.coerce.number().int().min(0).max(65_535).optional(), {
    meaning: 'port that serves `/v1/admin/…` and `/metrics` in place of `PORT`; 0 picks a free one',
  }),
} as const;
