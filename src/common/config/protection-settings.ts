import { isIP } from 'node:net';
import { z } from 'zod';

/** A key that clients may use: what it is called in the log, and the SHA-256 of its text. */
export interface ApiKey {
  name: string;
  /** 32 bytes. */
  digest: Buffer;
}

const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

const KEY = /^([A-Za-z0-9._-]{1,40}):([0-9a-f]{64})$/;

function parseKeys(text: string, context: z.RefinementCtx): ApiKey[] {
  return words(text).map((word, index) => {
    const [, name, hash] = KEY.exec(word) ?? [];
    if (name !== undefined) return { name, digest: Buffer.from(hash!, 'hex') };
    // Not the word itself: it may be a key in plain text.
    context.addIssue(
      `entry ${index + 1} is not "name:" and 64 hex digits; npm run api-key makes one`,
    );
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
  const wrong = words(text).find((word) => !isNetwork(word));
  if (wrong !== undefined) context.addIssue(`${wrong} is neither an address nor a network`);
  return words(text);
}

function parseOrigins(text: string, context: z.RefinementCtx): string[] {
  for (const word of words(text)) {
    if (word === '*' || (URL.canParse(word) && new URL(word).origin === word)) continue;
    context.addIssue(`${word} is no origin such as https://example.com`);
  }
  return words(text);
}

/** Settings of who may ask, how often, and from where. */
export const protectionSettings = {
  API_KEYS: z
    .string()
    .transform(parseKeys)
    .optional()
    .describe(
      'keys that open the API, as `name:sha256` and comma-separated; `npm run api-key` makes one. Open to all without',
    ),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'most requests in a minute by one API key, or by one address without keys; 0 sets no limit',
    ),
  CORS_ORIGINS: z
    .string()
    .transform(parseOrigins)
    .optional()
    .describe('origins whose web pages may ask, comma-separated, or `*`; none without'),
  TRUST_PROXY: z
    .string()
    .default('0')
    .transform(parseProxies)
    .describe(
      'how many proxies stand before the server, or their addresses and networks, comma-separated: only they say who the client is',
    ),
  ADMIN_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(
      '`/v1/admin/…` and `/metrics` are answered on this port and no longer on `PORT`; 0 picks a free one',
    ),
} as const;
