/**
 * A step of the Dockerfile: removes the packages that the service does not need from a tree of production dependencies, and
 * writes the licenses of the others beside it. `tsx deploy/image/finish.ts FOLDER`
 */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installedPackages, unusedPackages } from './installed-packages.ts';
import { licenseList } from './licenses.ts';

const root = path.resolve(process.argv[2] ?? '.');
for (const { name, version, folder } of unusedPackages(root)) {
  console.log(`removed ${name}@${version}`);
  rmSync(folder, { recursive: true, force: true });
}
writeFileSync(path.join(root, 'licenses.txt'), licenseList(installedPackages(root)));
