import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../common/errors.ts';
import type { Size } from '../../../inference/preprocess/spec.ts';
import { adaptGraph } from '../../onnx/import/adapt-graph.ts';
import type { ColorInput } from '../../onnx/import/color-input.ts';
import { inlineExternalData } from '../../onnx/import/external-data.ts';
import { joinOutputs } from '../../onnx/import/join-outputs.ts';

/** A graph of others, and what it lacks to be served. */
export interface ImportedGraph {
  file: string;
  /** Of the photos; by default the size that the graph states. */
  size?: Size | undefined;
  /** What a color graph takes instead of red, green and blue from 0 to 1. */
  colors?: ColorInput | undefined;
  /** The graph outputs logits. */
  logits?: boolean | undefined;
  /** The output that holds the face probability, if that is one of its own. */
  faceOutput?: string | undefined;
}

/** A graph that can be served. */
export interface ServableGraph {
  graph: Uint8Array;
  size: Size;
  channels: 1 | 3;
  takesLevels: boolean;
  /** What was changed, for the user. */
  notes: string[];
}

/**
 * Reads a graph with the files beside it, and inserts what is missing to serve it.
 * @throws Error that names the file and says what to change
 */
export async function readImportedGraph({
  file,
  size,
  colors,
  logits = false,
  faceOutput,
}: ImportedGraph): Promise<ServableGraph> {
  const bytes = await readFile(file);
  try {
    const whole = await inlineExternalData(bytes, path.dirname(file));
    const adapted = adaptGraph(whole.file, { size, colors, logits, faceOutput });
    const graph = faceOutput === undefined ? adapted.graph : joinOutputs(adapted.graph, faceOutput);
    const taken = whole.taken.map((name) => `takes along the constants in ${name}`);
    return { ...adapted, graph, notes: [...taken, ...adapted.notes] };
  } catch (error) {
    throw new Error(`${file} cannot be imported: ${messageOf(error)}`, { cause: error });
  }
}
