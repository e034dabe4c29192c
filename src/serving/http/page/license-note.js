import { byId } from './elements.js';

/** The version whose license is shown. */
let shown = '';

/**
 * Shows the license of the weights that serve, in the footer. Shows nothing where the service does not tell it, such as
 * before an API key is entered.
 * @param {string} key
 * @param {string} [version] of an answer; nothing is requested if its license is shown already
 * @returns {Promise<boolean>} whether the service asks for another API key
 */
export async function showLicense(key, version) {
  if (version !== undefined && version === shown) return false;
  const headers = { ...(key ? { 'X-API-Key': key } : {}) };
  const response = await fetch('v1/models', { headers }).catch(() => undefined);
  if (response?.ok !== true) return response?.status === 401;
  /** @type {unknown} */
  const answer = await response.json();
  const { name, current } =
    /** @type {{ name: string, current: { version: number, license: string } | null }} */ (answer);
  if (current === null) return false;
  shown = `${name} ${current.version}`;
  const note = byId('license', HTMLElement);
  note.textContent = `Weights: ${shown}. License: ${current.license}`;
  note.hidden = false;
  return false;
}
