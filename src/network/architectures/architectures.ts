import type { tensorflow, TensorFlow } from '../../engine/tensorflow-runtime.ts';
import type { NetworkOptions } from './architecture.ts';
import { plain } from './plain.ts';
import { residual } from './residual.ts';

/** Builds an untrained network; what is not given takes the architecture's default. */
type Architecture = (tf: TensorFlow, options?: Partial<NetworkOptions>) => tensorflow.LayersModel;

/** The networks that can be trained, by the name in the manifest; a new one is one entry. */
export const architectures = { residual, plain } as const satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof architectures;
export const architectureNames = Object.keys(architectures) as ArchitectureName[];
