import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFile(path.join(root, file), 'utf8');

/** The files that `npm run build` compiles. */
function compiledFiles(): string[] {
  const file = path.join(root, 'tsconfig.build.json');
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as { config: object };
  return ts.parseJsonConfigFileContent(config, ts.sys, root).fileNames;
}

/** What a file still imports once its types are erased. */
async function importsOf(file: string): Promise<string[]> {
  const { outputText } = ts.transpileModule(await readFile(file, 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  });
  return ts.preProcessFile(outputText).importedFiles.map(({ fileName }) => fileName);
}

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

describe('what is compiled into dist', () => {
  it('imports only production dependencies, and nothing outside src and scripts', async () => {
    const { dependencies } = JSON.parse(await read('package.json')) as {
      dependencies: Record<string, string>;
    };
    const files = compiledFiles();
    expect(files.length).toBeGreaterThan(100);
    const forbidden: string[] = [];
    for (const file of files) {
      for (const specifier of await importsOf(file)) {
        const allowed = specifier.startsWith('.')
          ? /^(?:src|scripts)\//.test(path.relative(root, path.resolve(file, '..', specifier)))
          : specifier.startsWith('node:') ||
            builtinModules.includes(specifier) ||
            Object.hasOwn(dependencies, packageOf(specifier));
        if (!allowed) forbidden.push(`${path.relative(root, file)} imports ${specifier}`);
      }
    }
    expect(forbidden).toEqual([]);
  });

  it('is built in the image from src and scripts alone', async () => {
    const copied = [...(await read('Dockerfile')).matchAll(/^COPY (?!--from)(.*) \S+$/gm)];
    // deploy/image runs while the image is built and is not part of it.
    const sources = copied
      .flatMap(([, files]) => files!.split(' '))
      .filter((source) => source !== 'deploy/image');
    expect(sources).toContain('src');
    for (const folder of ['bench', 'tests', 'deploy', 'docs']) {
      expect(sources.filter((source) => source.startsWith(folder))).toEqual([]);
      expect((await read('.dockerignore')).split('\n')).not.toContain(`!${folder}`);
    }
  });
});
