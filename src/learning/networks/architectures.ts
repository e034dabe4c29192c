import type { Architecture } from './architecture.ts';
import { plainArchitecture } from './plain.ts';
import { residualSmallArchitecture, residualArchitecture } from './residual.ts';

/** The architectures that can be trained, by their name in recipes and manifests. */
export const architectures = {
  residual: residualArchitecture,
  'residual-small': residualSmallArchitecture,
  plain: plainArchitecture,
} as const satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof architectures;
export const architectureNames = Object.keys(architectures) as ArchitectureName[];

export function architectureOf(name: ArchitectureName): Architecture {
  return architectures[name];
}
