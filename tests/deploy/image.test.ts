import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  installedPackages,
  unusedPackages,
  type InstalledPackage,
} from '../../deploy/image/installed-packages.ts';
import { isAllowed, licenseList } from '../../deploy/image/licenses.ts';

/** node_modules may be a link to those of another checkout. */
const root = path.dirname(realpathSync('node_modules'));

/** Packages that nothing but development needs are unused too: in the image `npm prune` has removed them before. */
function productionPackages(): InstalledPackage[] {
  const unused = new Set(unusedPackages(root).map(({ folder }) => folder));
  return installedPackages(root).filter(({ folder }) => !unused.has(folder));
}

describe('the packages of the image', () => {
  const production = productionPackages();
  const names = new Set(production.map(({ name }) => name));

  it('contain what the service needs, and no tool that builds native code', () => {
    for (const name of [
      'express',
      'sharp',
      'onnxruntime-node',
      '@julusian/jpeg-turbo',
      'pkg-prebuilds',
    ])
      expect(names).toContain(name);
    expect(names).not.toContain('cmake-js');
    expect(names).not.toContain('node-addon-api');
  });

  it('contain old tar and node-pre-gyp only for TensorFlow, which the cpu image leaves out', () => {
    const parents = (name: string) =>
      production.filter(({ dependencies }) => dependencies.includes(name)).map((each) => each.name);
    expect(parents('tar').toSorted()).toEqual([
      '@mapbox/node-pre-gyp',
      '@tensorflow/tfjs-node-gpu',
    ]);
    expect(parents('@mapbox/node-pre-gyp')).toEqual(['@tensorflow/tfjs-node-gpu']);
    const dockerfile = readFileSync('Dockerfile', 'utf8');
    expect(dockerfile).toContain('npm uninstall --omit=dev @tensorflow/tfjs-node-gpu');
  });

  it('have allowed licenses, each of which is listed', () => {
    const list = licenseList(production);
    expect(list).toMatch(/^sharp@\S+ {2}Apache-2\.0$/m);
    expect(list.split('\n').length).toBeGreaterThan(150);
  });

  it('are described by the SBOM of npm', () => {
    const args = ['sbom', '--omit=dev', '--sbom-format=cyclonedx', '--package-lock-only'];
    const printed = execFileSync('npm', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const { components } = JSON.parse(printed) as { components: { name: string }[] };
    expect(components.length).toBeGreaterThan(150);
    expect(components.map(({ name }) => name)).toContain('express');
  });
});

describe('the license list', () => {
  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND GPL-3.0-only', false],
    ['(MIT OR GPL-3.0-only) AND ISC', true],
    ['GPL-3.0-only', false],
    ['SEE LICENSE IN LICENSE', false],
    ['MIT OR', false],
    ['', false],
  ])('%j is allowed: %s', (expression, allowed) => expect(isAllowed(expression)).toBe(allowed));

  it('refuses a package with an unknown license or none', () => {
    const one = { name: 'a', version: '1.0.0', folder: '/a', dependencies: [] };
    expect(() => licenseList([{ ...one, license: undefined }])).toThrow('a@1.0.0: none');
    expect(() => licenseList([{ ...one, license: 'Commercial' }])).toThrow('a@1.0.0: Commercial');
  });
});

it('the step removes unused packages from a tree and writes the licenses of the others', () => {
  const tree = mkdtempSync(path.join(tmpdir(), 'image-'));
  const copy = (name: string) =>
    cpSync(path.join(root, 'node_modules', name), path.join(tree, 'node_modules', name), {
      recursive: true,
      filter: (file) => !path.basename(file).includes('prebuilds'),
    });
  try {
    cpSync('package.json', path.join(tree, 'package.json'));
    for (const name of ['@julusian/jpeg-turbo', 'cmake-js', 'commander', 'bytes']) copy(name);
    execFileSync(process.execPath, ['--import', 'tsx', 'deploy/image/finish.ts', tree]);
    const left = installedPackages(tree).map(({ name }) => name);
    expect(left.toSorted()).toEqual(['@julusian/jpeg-turbo', 'commander']);
    expect(existsSync(path.join(tree, 'node_modules/cmake-js'))).toBe(false);
    const list = readFileSync(path.join(tree, 'licenses.txt'), 'utf8');
    expect(list).toMatch(/^@julusian\/jpeg-turbo@\S+ {2}\S/m);
  } finally {
    rmSync(tree, { recursive: true });
  }
});
