import { createHash } from 'node:crypto';
import { describeClient01 } from '../support/describe-client-0.1.ts';

const apiKey = 'a-key-of-16-or-more';
const digest = createHash('sha256').update(apiKey).digest();

describeClient01('as it is by default');
describeClient01(
  'that wants an API key',
  { protection: { apiKeys: [{ name: 'old', digest }] } },
  { apiKey },
);
