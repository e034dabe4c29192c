import type { Command } from 'commander';
import { createCommand, jsonOption } from '../command.ts';

const help = `
Exit status: 0 the service can run, 1 it cannot.`;

/** `face-age doctor`. */
export function doctorCommand(): Command {
  return createCommand(
    'doctor',
    'Checks what the service needs, with the settings of this environment: engines, TensorFlow, GPU, registry, model and ' +
      'writable folders. Says what to do about each fault.',
    [jsonOption],
  )
    .addHelpText('after', help)
    .action(async ({ json = false }: { json?: boolean }) => {
      const { doctor } = await import('../doctor.ts');
      process.exitCode = await doctor(json);
    });
}
