import { z } from 'zod';
import type { Ingredient, Manifest } from './manifest.ts';

/**
 * Licenses that allow commercial use, under some conditions such as attribution: ids of the SPDX License List
 * (https://spdx.org/licenses/), and two of our own for photos and weights that have none.
 */
const commercialLicenses: ReadonlySet<string> = new Set([
  ...['cc0-1.0', 'cc-by-4.0', 'cc-by-3.0', 'cc-by-2.0', 'cc-by-sa-4.0', 'pddl-1.0', 'odc-by-1.0'],
  ...['cdla-permissive-1.0', 'cdla-permissive-2.0', 'apache-2.0', 'mit', 'isc', 'unlicense'],
  ...['bsd-2-clause', 'bsd-3-clause', 'public-domain', 'commercial-use-allowed'],
]);

/** Whether a server loads every version, or only versions that may be used commercially. */
export const licensePolicies = ['any', 'commercial'] as const;

export type LicensePolicy = (typeof licensePolicies)[number];

/** A license, and what it applies to. */
export interface LicensedPart {
  /** Such as `the weights` or `the data set "faces"`. */
  part: string;
  license: string;
}

/**
 * The id with which a license begins: `CC BY 4.0 (attribution: FairFace)` has the id `cc-by-4.0`. The id ends at a
 * parenthesis, comma, semicolon or colon; capital letters do not count, and a space is a dash.
 */
export function licenseId(license: string): string {
  return license
    .split(/[(,;:]/)[0]!
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
}

/** Whether a license is known to allow commercial use. */
export function allowsCommercialUse(license: string): boolean {
  return commercialLicenses.has(licenseId(license));
}

/** The licenses of everything that a version was made from. */
export function ingredientLicensesOf({
  sources = [],
  derivedFrom = [],
}: Pick<Manifest, 'sources' | 'derivedFrom'>): LicensedPart[] {
  return [
    ...sources.map(({ name, license }) => ({ part: `the data set ${name}`, license })),
    ...derivedFrom.map(({ role, name, version, license }) => ({
      part: `${partNames[role]} ${name}${version === undefined ? '' : ` ${version}`}`,
      license,
    })),
  ];
}

const partNames: Readonly<Record<Ingredient['role'], string>> = {
  parent: 'the parent',
  teacher: 'the teacher',
  negatives: 'the pictures without faces',
  feedback: 'the feedback',
  calibration: 'the photos for calibration',
  correction: 'the photos for the correction of ages',
};

/** The licenses of a version's weights and of everything that they were made from. */
export function licensesOf(
  manifest: Pick<Manifest, 'license' | 'sources' | 'derivedFrom'>,
): LicensedPart[] {
  return [{ part: 'the weights', license: manifest.license }, ...ingredientLicensesOf(manifest)];
}

/** Why a version must not be used commercially; undefined if all licenses allow it. */
export function commercialObstacle(parts: readonly LicensedPart[]): string | undefined {
  const other = parts.find(({ license }) => !allowsCommercialUse(license));
  return other && `the license of ${other.part} is not known to allow it: ${other.license}`;
}

/** The licenses that the recipe of a version accepts; null if it accepts every license or the version has no recipe. */
export function acceptedLicensesOf({
  training,
}: Pick<Manifest, 'training'>): readonly string[] | null {
  const accepted = z.array(z.string()).safeParse(training?.recipe.acceptedLicenses);
  return accepted.success ? accepted.data : null;
}

/**
 * The first part with a license that is not among the accepted ones, which are compared by their ids.
 * @param accepted null accepts every license
 */
export function unacceptedPart(
  accepted: readonly string[] | null,
  parts: readonly LicensedPart[],
): LicensedPart | undefined {
  if (accepted === null) return undefined;
  const ids = new Set(accepted.map(licenseId));
  return parts.find(({ license }) => !ids.has(licenseId(license)));
}
