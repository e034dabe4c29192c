import { byId } from './elements.js';

/** The version whose license is shown: the one that serves. */
let serving = '';
/** Versions that have answered although that one serves, as a canary does. */
const others = new Set();

/**
 * Shows the license of the weights that serve, in the footer. Shows nothing where the service does not tell it, such as
 * before an API key is entered.
 * @param {string} key
 * @param {string} [version] of an answer; nothing is requested for one that is known
 * @returns {Promise<boolean>} whether the service asks for another API key
 */
export async function showLicense(key, version) {
  if (version !== undefined && (version === serving || others.has(version))) return false;
  const headers = { ...(key ? { 'X-API-Key': key } : {}) };
  const response = await fetch('v1/models', { headers }).catch(() => undefined);
  if (response?.ok !== true) return response?.status === 401;
  /** @type {unknown} */
  const answer = await response.json();
  const { name, current } =
    /** @type {{ name: string, current: { version: number, license: string } | null }} */ (answer);
  if (current === null) return false;
  const now = `${name} ${current.version}`;
  if (now !== serving) others.clear();
  serving = now;
  if (version !== undefined && version !== now) others.add(version);
  const note = byId('license', HTMLElement);
  note.textContent = `Weights: ${serving}. License: ${current.license}`;
  note.hidden = false;
  return false;
}
