import { shorten } from './shorten.ts';

/** A path or URL in quotes, which may contain blanks. */
const QUOTED = /(["'])(?:~?\/|\w{1,10}:\/\/)[^"'\n]*\1/g;
/** A URL, an absolute path, or a path in the home folder. */
const PLAIN = /(?<![\w./~-])(?:\w{1,10}:\/\/|~?\/)[^\s"'`,;)]+/g;
/** What the system could not reach: a host and perhaps a port. */
const UNREACHABLE = /\b(E[A-Z_]{3,15}) [\w.:-]+/g;

const SHOWN = '(location)';

/** A text about a fault without the paths, URLs and hosts in it, for those who are not administrators. */
export function hideLocations(text: string): string {
  return shorten(text, 1000)
    .replaceAll(QUOTED, SHOWN)
    .replaceAll(PLAIN, SHOWN)
    .replaceAll(UNREACHABLE, `$1 ${SHOWN}`);
}
