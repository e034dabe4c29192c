import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

const help = `Usage: npm run api-key -- NAME
Makes an API key for a client of that name. The key is for the client and is kept nowhere; the line for API_KEYS holds its
SHA-256.
`;

const { values, positionals } = parseArgs({
  options: { help: { type: 'boolean' } },
  allowPositionals: true,
});
const [name, ...more] = positionals;

if (values.help) console.log(help);
else if (name === undefined || more.length > 0 || !/^[A-Za-z0-9._-]{1,40}$/.test(name)) {
  console.error(`${help}A name has up to 40 letters, digits, dots, dashes and underscores.`);
  process.exitCode = 2;
} else {
  const key = randomBytes(24).toString('base64url');
  const digest = createHash('sha256').update(key).digest('hex');
  console.log(`key for the client:  ${key}\nadd to API_KEYS:     ${name}:${digest}`);
}
