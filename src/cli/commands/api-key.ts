import { createHash, randomBytes } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { createCommand } from '../command.ts';

/** `face-age api-key NAME`. */
export function apiKeyCommand(): Command {
  return createCommand(
    'api-key',
    'Creates an API key for a client. The key itself is stored nowhere; the entry for API_KEYS holds its SHA-256.',
  )
    .argument('<name>', 'the name of the client', parseClientName)
    .action((name: string) => {
      const key = randomBytes(24).toString('base64url');
      const digest = createHash('sha256').update(key).digest('hex');
      console.log(`key for the client:  ${key}\nadd to API_KEYS:     ${name}:${digest}`);
    });
}

function parseClientName(text: string): string {
  if (/^[\w.-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError('Give up to 40 letters, digits, ".", "_" and "-".');
}
