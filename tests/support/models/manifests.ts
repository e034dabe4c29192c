import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ReadWatch } from '../fakes/read-watch.ts';

const resourceSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});
const modelSchema = z.custom<{ prototype: Validated }>((value) => typeof value === 'function');

interface Validated {
  validate(): void;
}

/** A Kubernetes object. */
export type Resource = z.infer<typeof resourceSchema>;

export function parseResources(text: string): Resource[] {
  return parseAllDocuments(text).map((document) => resourceSchema.parse(document.toJS()));
}

/**
 * Validates an object against the schema of its kind, including unknown fields.
 * @throws Error describing the problem
 */
export async function validate(resource: Resource): Promise<void> {
  const { apiVersion, kind, metadata } = resource;
  const where = `${kind} ${metadata.name}`;
  const watch = new ReadWatch(resource);
  const Model = await modelOf(apiVersion, kind);
  // Fields that the validators never read do not exist in the schema.
  const model = Object.assign(
    Object.create(Model.prototype) as { validate(): void },
    watch.watched,
  );
  model.validate();
  const unknown = watch.unread();
  if (unknown.length > 0) throw new Error(`${where} has unknown fields: ${unknown.join(', ')}`);
}

async function modelOf(apiVersion: string, kind: string) {
  const folder = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  const module = (await import(`${folder}/${apiVersion}/${kind}`)) as Record<string, unknown>;
  return modelSchema.parse(module[kind]);
}

/** The available command that renders a directory, if any. Kustomize before version 4 lacks features that are used. */
export const kustomize = await findKustomize();

/** Returns the objects of a kustomization. */
export async function render(directory: string): Promise<Resource[]> {
  const [file, ...args] = kustomize!;
  const { stdout } = await run(file!, [...args, directory], { maxBuffer: 50_000_000 });
  return parseResources(stdout);
}

const run = promisify(execFile);

async function findKustomize(): Promise<string[] | undefined> {
  const outputOf = (file: string, args: string[]) =>
    promisify(execFile)(file, args).then(
      ({ stdout }) => stdout,
      () => '',
    );
  const [alone, kubectl] = await Promise.all([
    outputOf('kustomize', ['version']),
    outputOf('kubectl', ['version', '--client']),
  ]);
  if (/v[45]\./.test(alone)) return ['kustomize', 'build'];
  return /Kustomize Version: v[45]\./.test(kubectl) ? ['kubectl', 'kustomize'] : undefined;
}
