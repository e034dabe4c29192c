import { homedir } from 'node:os';
import { z } from 'zod';
import { ownValue } from '../own-value.ts';
import { secretHider } from '../text/hide-secrets.ts';

/** What a location may be, for messages. */
export const LOCATION = 'a folder or s3://bucket/prefix';

/** Why a text is no location; the message completes "NAME must be a folder or s3://bucket/prefix; …". */
export class LocationError extends Error {}

const QUOTED = /^(["']).*\1$|^["']|["']$/;
/** At least two letters, so that `C:\photos` is a folder. */
const SCHEME = /^([a-z][a-z0-9+.-]+):(\/*)/i;
const UNEXPANDED = /^\$\{?[a-z_]\w*\}?(?:\/|$)|^%\w+%/i;

/**
 * Reads the location of photos, models or feedback in the same way wherever one may be given. Blanks around it are removed, and
 * a leading `~/` becomes the home folder.
 * @param given a folder, `s3://bucket` or `s3://bucket/prefix`
 * @throws LocationError if it is neither
 */
export function readLocation(given: string): string {
  const text = given.trim();
  if (text === '') throw new LocationError('it is empty');
  const fault = faultOf(text);
  if (fault !== undefined)
    throw new LocationError(`${JSON.stringify(shown(text))} is not valid: ${fault}`);
  return homePath(text);
}

function faultOf(text: string): string | undefined {
  if (QUOTED.test(text)) return 'remove the quotes; docker --env-file, for example, keeps them';
  if (/\p{Cc}/u.test(text)) return 'remove the line break or control character';
  if (UNEXPANDED.test(text)) return 'the variable in it was not expanded';
  const [scheme = '', name = '', slashes = ''] = SCHEME.exec(text) ?? [];
  return name === '' ? undefined : schemeFault(name, slashes, text.slice(scheme.length));
}

const ADVICE: Readonly<Record<string, string>> = {
  file: 'write the path of the folder alone',
  http: 'write s3://bucket/prefix; the address of the server belongs in AWS_ENDPOINT_URL_S3',
  https: 'write s3://bucket/prefix; the address of the server belongs in AWS_ENDPOINT_URL_S3',
};

function schemeFault(name: string, slashes: string, rest: string): string | undefined {
  if (/^s3[an]?$/i.test(name)) return bucketFault(name, slashes, rest);
  const advice = ownValue(ADVICE, name.toLowerCase());
  if (advice !== undefined) return advice;
  return slashes === '' ? undefined : `${name}:// is not supported`;
}

function bucketFault(name: string, slashes: string, rest: string): string | undefined {
  if (rest === '' || slashes.length > 2)
    return 'it does not name a bucket; write s3://bucket/prefix';
  if (name !== 's3' || slashes !== '//') return `write s3://${rest}`;
  return /^[^/\s]+(?:\/|$)/.test(rest) ? undefined : 'the bucket name contains a space';
}

const MOST_SHOWN = 100;
const hideCredentials = secretHider([]);

function shown(text: string): string {
  const safe = hideCredentials(text);
  return safe.length > MOST_SHOWN ? `${safe.slice(0, MOST_SHOWN)}…` : safe;
}

/** Expands a leading `~` of a path to the home folder. */
export function homePath(given: string): string {
  return given.replace(/^~(?=\/|$)/, homedir());
}

/** The type of a setting that is a location. */
export const location = z.string().transform((given, context) => {
  try {
    return readLocation(given);
  } catch (error) {
    if (!(error instanceof LocationError)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
});
