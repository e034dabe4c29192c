import {
  acceptedLicensesOf,
  ingredientLicensesOf,
  unacceptedPart,
} from '../../registry/license.ts';
import type { Manifest } from '../../registry/manifest.ts';

/**
 * Why a challenger must not be promoted: it was made from something whose license its recipe does not accept, or that of the
 * champion, which it would replace. Empty where neither recipe names licenses.
 */
export function licenseRefusals(challenger: Manifest, champion: Manifest | undefined): string[] {
  return [challenger, ...(champion === undefined ? [] : [champion])].flatMap((version) => {
    const accepted = acceptedLicensesOf(version);
    if (accepted === null) return [];
    const rule = `the recipe of version ${version.version} accepts only the licenses ${accepted.join(', ')}`;
    const made = ingredientLicensesOf(challenger);
    if (challenger.sources === undefined)
      return [`${rule}, and version ${challenger.version} does not list its data sets`];
    const other = unacceptedPart(accepted, made);
    return other === undefined ? [] : [`${rule}; that of ${other.part} is ${other.license}`];
  });
}
