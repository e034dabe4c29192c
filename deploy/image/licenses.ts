import type { InstalledPackage } from './installed-packages.ts';

/** Licenses whose conditions this project meets by shipping their texts with the packages. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  // libvips, a library of its own, which sharp loads.
  'LGPL-3.0-or-later',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** Whether an SPDX expression is allowed: all parts of AND, one part of OR. */
export function isAllowed(expression: string): boolean {
  const tokens = expression.match(/[()]|[\w.+-]+/g) ?? [];
  let at = 0;
  const factor = (): boolean => {
    const token = tokens[at++];
    if (token !== '(') return ALLOWED.has(token ?? '');
    const inner = either();
    return tokens[at++] === ')' && inner;
  };
  const both = (): boolean => {
    let allowed = factor();
    while (tokens[at] === 'AND' && at++ >= 0) allowed = factor() && allowed;
    return allowed;
  };
  const either = (): boolean => {
    let allowed = both();
    while (tokens[at] === 'OR' && at++ >= 0) allowed = both() || allowed;
    return allowed;
  };
  return either() && at === tokens.length;
}

/**
 * One line for each package: name, version, license.
 * @throws Error that names every package without an allowed license
 */
export function licenseList(packages: readonly InstalledPackage[]): string {
  const unknown = packages.filter(({ license }) => license === undefined || !isAllowed(license));
  if (unknown.length > 0) {
    const names = unknown.map(
      ({ name, version, license }) => `${name}@${version}: ${license ?? 'none'}`,
    );
    throw new Error(`Check these licenses, then add them to licenses.ts:\n${names.join('\n')}`);
  }
  const lines = packages.map(({ name, version, license }) => `${name}@${version}  ${license!}`);
  return `${[...new Set(lines)].toSorted().join('\n')}\n`;
}
