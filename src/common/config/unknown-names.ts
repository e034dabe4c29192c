import { isIP } from 'node:net';
import { editDistance, nearest } from '../edit-distance.ts';

/** No other program's variables begin like this. */
const PREFIXES = ['GATE_', 'RETRAIN_', 'FEEDBACK_', 'DRIFT_', 'CANARY_'];

/** Names shorter than this are too common to be taken for misspelled settings. */
const MIN_LETTERS = 6;
/** From so many letters on, two edits still mean the same word. */
const MIN_LETTERS_FOR_TWO_EDITS = 10;
const MAX_SUGGESTED_EDITS = 4;

const NETWORK_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/**
 * Faults of variables that look like settings but are none, each with a suggestion.
 * @param known every name that any program of face-age reads
 */
export function unknownNameFaults(
  environment: Readonly<Record<string, string>>,
  known: ReadonlySet<string>,
): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (known.has(name) || isServiceLink(name, value)) return [];
    const prefix = PREFIXES.find((each) => name.startsWith(each));
    if (prefix !== undefined)
      return [`${name} is not a setting; ${suggestion(name, prefix, known)}`];
    const near = [...known].filter((setting) => isNear(name, setting));
    if (near.length === 0) return [];
    return [`${name} is not a setting; did you mean ${nearest(name, near)!}?`];
  });
}

function suggestion(name: string, prefix: string, known: ReadonlySet<string>): string {
  const candidates = [...known].filter((setting) => setting.startsWith(prefix)).toSorted();
  const likely = nearest(name, candidates)!;
  if (editDistance(name, likely) <= MAX_SUGGESTED_EDITS) return `did you mean ${likely}?`;
  return `the settings that begin with ${prefix} are ${candidates.join(', ')}.`;
}

/** Whether one of the names is probably a misspelling of the other. */
function isNear(name: string, setting: string): boolean {
  const letters = Math.min(lettersIn(name), lettersIn(setting));
  if (letters < MIN_LETTERS) return false;
  const edits = letters >= MIN_LETTERS_FOR_TWO_EDITS ? 2 : 1;
  if (Math.abs(name.length - setting.length) > edits) return false;
  return editDistance(name, setting) <= edits;
}

function lettersIn(name: string): number {
  return name.replaceAll(/[^a-z]/gi, '').length;
}

/** Whether Kubernetes injected the variable to announce a service, going by both its name and its value. */
function isServiceLink(name: string, value: string): boolean {
  if (name.endsWith('_SERVICE_HOST')) return isIP(value) > 0 || /^[a-z0-9.-]+$/i.test(value);
  if (/_SERVICE_PORT(?:_|$)/.test(name)) return isPort(value);
  if (!/_PORT(?:_|$)/.test(name)) return false;
  const isProtocol = /^(?:tcp|udp|sctp)$/.test(value);
  return NETWORK_ADDRESS.test(value) || isProtocol || isPort(value) || isIP(value) > 0;
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
}

/**
 * A setting whose value is the address of a service: Kubernetes injected it for a service whose name is like ours.
 * @returns undefined where the setting is not such a one
 */
export function serviceLinkFault(name: string, value: string): string | undefined {
  if (!/(?:^|_)PORT$/.test(name) || !NETWORK_ADDRESS.test(value)) return undefined;
  return (
    `${name} is "${value}", which Kubernetes injects for a service of that name; ` +
    `set "enableServiceLinks: false" in the pod's specification.`
  );
}
