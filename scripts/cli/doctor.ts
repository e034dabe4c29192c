import { parseArgs } from 'node:util';
import { readConfig } from '../../src/common/config/config.ts';
import { checks, lookAt, type Finding } from './checks.ts';

const usage = `Usage: npx face-age doctor [--json]
Looks at what the service needs and uses here, with the settings of this environment: engines, TensorFlow, GPU, the registry
(a folder or S3), the model itself, folders that must be written to. Says what to do about each fault.

Exit status: 0 it can serve, 1 it cannot.`;

const marks: Record<Finding['state'], string> = { ok: 'ok  ', warning: 'note', fault: 'BAD ' };

/** `face-age doctor`. */
export async function doctor(args: readonly string[]): Promise<number> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help === true) {
    console.log(usage);
    return 0;
  }
  const config = readConfig();
  const findings: (Finding & { name: string })[] = [];
  for (const check of checks) {
    const finding = await lookAt(check, config);
    findings.push({ name: check.name, ...finding });
    if (values.json !== true) console.log(lineOf(check.name, finding));
  }
  if (values.json === true) console.log(JSON.stringify(findings, null, 2));
  return findings.some(({ state }) => state === 'fault') ? 1 : 0;
}

function lineOf(name: string, { state, told, advice }: Finding): string {
  const line = `${marks[state]} ${name.padEnd(13)} ${told}`;
  return advice === undefined ? line : `${line}\n     ${' '.repeat(13)} → ${advice}`;
}
