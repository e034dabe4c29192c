import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig, readRetrainConfig } from '../../src/common/config/config.ts';
import { programs } from '../../src/common/config/programs.ts';
import {
  kustomize,
  parseResources,
  render,
  validate,
  type Resource,
} from '../support/models/manifests.ts';

const root = 'deploy/kubernetes';
const kustomizations = readdirSync(root);
const manifests = kustomizations.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name !== 'kustomization.yaml')
    .map((name) => join(root, folder, name)),
);
/** Patches contain only the fields that they change. */
const isWhole = (file: string) => !/\/(?:gpu|example)\//.test(file);
const skipped = kustomize === undefined ? '(no kubectl or kustomize of version 4 or later)' : '';

const containerSchema = z.looseObject({
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  securityContext: z.unknown(),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }).loose(),
    limits: z.object({ memory: z.string() }).loose(),
  }),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const podSchema = z.looseObject({
  securityContext: z.unknown(),
  automountServiceAccountToken: z.boolean(),
  containers: z.tuple([containerSchema]),
});
const configMapSchema = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()),
});

/** The AWS SDK and the system read these. */
const ofOthers = /^(?:AWS_|HOME$)/;

/** The pod template of any kind of workload. */
function podOf({ kind, spec }: Resource): z.infer<typeof podSchema> | undefined {
  const at = (...path: string[]) =>
    path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], spec);
  if (kind === 'Deployment') return podSchema.parse(at('template', 'spec'));
  if (kind === 'CronJob') return podSchema.parse(at('jobTemplate', 'spec', 'template', 'spec'));
  return kind === 'InferenceService' ? podSchema.parse(at('predictor')) : undefined;
}

const readers = { server: readConfig, retrain: readRetrainConfig };
/** Which program the pods of a kind run, or a ConfigMap configures. */
const programOf = (name: string): 'server' | 'retrain' =>
  name === 'CronJob' || name === 'face-age-retrain' ? 'retrain' : 'server';

const resourcesIn = (file: string) => parseResources(readFileSync(file, 'utf8'));
const pods = manifests
  .filter(isWhole)
  .flatMap(resourcesIn)
  .flatMap((resource) => {
    const pod = podOf(resource);
    return pod === undefined ? [] : [{ kind: resource.kind, pod }];
  });

describe('the manifests for Kubernetes', () => {
  it.each(manifests.filter((file) => isWhole(file) && !file.includes('kserve')))(
    '%s fits the schemas of its kinds',
    async (file) => {
      for (const resource of resourcesIn(file)) await validate(resource);
    },
  );

  it.each(kustomizations)('%s names files that exist', (folder) => {
    const file = readFileSync(join(root, folder, 'kustomization.yaml'), 'utf8');
    const { resources, patches = [] } = z
      .looseObject({
        resources: z.array(z.string()),
        patches: z.array(z.object({ path: z.string() })).optional(),
      })
      .parse(parse(file));
    const own = [...resources, ...patches.map(({ path }) => path)].filter(
      (name) => !name.startsWith('..'),
    );
    const expected = readdirSync(join(root, folder)).filter((n) => n !== 'kustomization.yaml');
    expect(own.toSorted()).toEqual(expected.toSorted());
  });

  it.each(pods)('the pod of the $kind has no privileges and a read-only root', ({ pod }) => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it.each(pods)('the $kind writes only to volumes', ({ pod }) => {
    const { env, volumeMounts } = pod.containers[0];
    const folders = env.filter(({ name }) => /_DIR$|^HOME$/.test(name));
    expect(folders.map(({ name }) => name)).toContain('MODEL_CACHE_DIR');
    for (const { value } of folders) {
      expect(volumeMounts.some(({ mountPath }) => value.startsWith(mountPath))).toBe(true);
    }
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toContain('/tmp');
  });

  it('set only existing settings, to valid values', () => {
    const maps = manifests
      .flatMap(resourcesIn)
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((map) => configMapSchema.parse(map))
      .map(({ metadata, data }) => ({ program: programOf(metadata.name), data }));
    const given = [
      ...maps,
      ...pods.map(({ kind, pod }) => ({
        program: programOf(kind),
        data: Object.fromEntries(pod.containers[0].env.map(({ name, value }) => [name, value])),
      })),
    ];
    for (const { program, data } of given) {
      const own = Object.keys(data).filter((name) => !ofOthers.test(name));
      expect(Object.keys(programs[program].shape)).toEqual(expect.arrayContaining(own));
      expect(() => readers[program](data)).not.toThrow();
    }
  });
});

describe.skipIf(kustomize === undefined)(`rendered by kustomize ${skipped}`, () => {
  it.each(kustomizations.filter((folder) => folder !== 'kserve'))(
    '%s fits the schemas of its kinds',
    async (folder) => {
      const resources = await render(join(root, folder));
      for (const resource of resources) await validate(resource);
      expect(resources.length).toBeGreaterThan(2);
    },
  );

  it('kserve has the container that KServe expects', async () => {
    const [service] = await render(join(root, 'kserve'));
    expect(podOf(service!)!.containers[0]).toMatchObject({ name: 'kserve-container' });
  });

  it('gpu requests a GPU and fails without one', async () => {
    const deployment = (await render(join(root, 'gpu'))).find(({ kind }) => kind === 'Deployment');
    const [container] = podOf(deployment!)!.containers;
    expect(container).toMatchObject({ image: 'face-age:gpu' });
    expect(container.resources.limits).toMatchObject({ 'nvidia.com/gpu': '1' });
    expect(container.env).toContainEqual({ name: 'DEVICE', value: 'gpu' });
    expect(container.env.map(({ name }) => name)).toContain('MODEL_CACHE_DIR');
  });

  it("the selectors of service, budget, policy, monitor and autoscaler match the server's pods", async () => {
    const resources = await render(join(root, 'example'));
    const one = (kind: string, name = 'face-age') =>
      resources.find((resource) => resource.kind === kind && resource.metadata.name === name)!.spec;
    const labels = {
      'app.kubernetes.io/name': 'face-age',
      'app.kubernetes.io/component': 'server',
    };
    expect(one('Deployment')).toMatchObject({ template: { metadata: { labels } } });
    expect(one('Service')).toMatchObject({ selector: labels });
    expect(one('PodDisruptionBudget')).toMatchObject({ selector: { matchLabels: labels } });
    expect(one('NetworkPolicy')).toMatchObject({ podSelector: { matchLabels: labels } });
    expect(one('ServiceMonitor')).toMatchObject({
      selector: { matchLabels: labels },
      endpoints: [
        {
          port: 'http',
          path: '/metrics',
          authorization: { credentials: { name: 'face-age', key: 'ADMIN_TOKEN' } },
        },
      ],
    });
    expect(one('HorizontalPodAutoscaler')).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'face-age' },
    });
  });
});
