import { REFUSED_CREDENTIALS, type S3Facts } from './s3-facts.ts';

/** A kind of failure: how it is recognized, what it means, and what to do about it. */
interface Advice {
  fits: (facts: S3Facts) => boolean;
  says: (facts: S3Facts) => string;
}

/** The server's code and its own message, as far as it sent them. */
function quote(facts: S3Facts): string {
  const said = [facts.name, facts.message].filter((part) => part !== '' && !SAYS_NOTHING.has(part));
  return said.length === 0 || isNoXml(facts)
    ? `status ${String(facts.status)} without an S3 error message`
    : said.join(': ');
}

/** What the SDK fills in where an answer has no body or none that it understands. */
const SAYS_NOTHING = new Set(['Unknown', 'UnknownError', 'Error', 'SyntaxError']);

const named =
  (...names: string[]) =>
  ({ name }: S3Facts): boolean =>
    names.includes(name);
const answered =
  (...statuses: number[]) =>
  ({ status }: S3Facts): boolean =>
    status !== undefined && statuses.includes(status);
const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** Whether the answer is no XML, as the SDK reports it. */
const isNoXml = ({ message, name }: S3Facts): boolean =>
  name === 'SyntaxError' || message.includes('Deserialization error');

const isAboutKms = ({ name, message }: S3Facts): boolean =>
  name.startsWith('KMS.') || message.includes('kms:');

/** In this order: the first that fits counts. */
const advices: readonly Advice[] = [
  {
    fits: named('CredentialsProviderError'),
    says: ({ message }) =>
      `no credentials were found (${message}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or role`,
  },
  {
    fits: ({ code }) => UNREACHABLE.includes(code),
    says: ({ message }) => `no connection (${message}); check AWS_ENDPOINT_URL_S3 and the network`,
  },
  {
    fits: isAboutKms,
    says: (facts) =>
      `the key that encrypts the objects cannot be used (${quote(facts)}); enable the key, and allow these credentials kms:Decrypt to read and kms:GenerateDataKey to write`,
  },
  {
    fits: named(...REFUSED_CREDENTIALS),
    says: (facts) =>
      `the credentials were refused (${quote(facts)}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile`,
  },
  {
    fits: named('RequestTimeTooSkewed'),
    says: (facts) =>
      `the request's time was refused (${quote(facts)}); check the clock of this machine`,
  },
  {
    fits: named('InvalidObjectState'),
    says: (facts) =>
      `the object is archived (${quote(facts)}); restore it from its storage class, such as Glacier, and exclude these objects from the rule that archives them`,
  },
  {
    fits: ({ region, status, name }) =>
      region !== undefined &&
      (status === 301 || status === 307 || name === 'AuthorizationHeaderMalformed'),
    says: (facts) =>
      `the bucket is in another region (${quote(facts)}); set AWS_REGION=${facts.region!}`,
  },
  {
    fits: named('NoSuchBucket'),
    says: () => 'there is no such bucket; check the location, AWS_ENDPOINT_URL_S3 and AWS_REGION',
  },
  {
    fits: answered(401, 403),
    says: (facts) =>
      `access is denied (${quote(facts)}); check the credentials and their rights (docs/s3.md#rights). ` +
      'Without s3:ListBucket a missing object is answered like this too, and so is a bucket whose requester pays unless AWS_REQUEST_PAYER=requester is set',
  },
  {
    fits: (facts) => named('SlowDown', 'TooManyRequests')(facts) || answered(429)(facts),
    says: (facts) =>
      `the server asks for fewer requests (${quote(facts)}); try again later, and raise REGISTRY_POLL_SECONDS where many servers share the bucket`,
  },
  {
    fits: answered(405, 501),
    says: (facts) =>
      `the server does not support this request (${quote(facts)}); check that AWS_ENDPOINT_URL_S3 is an S3 endpoint, and try S3_CHECKSUM_MODE=when_required`,
  },
  {
    fits: answered(301, 302, 303, 307, 308),
    says: ({ status, redirect = 'another address' }) =>
      `the answer is a redirect to ${redirect} (status ${String(status)}), which is not followed; check AWS_ENDPOINT_URL_S3, the proxy, and whether the network asks to sign in`,
  },
  {
    fits: answered(500, 502, 503, 504),
    says: (facts) =>
      `the server or a proxy in front of it failed (${quote(facts)}); this often passes: try again, then check the server and AWS_ENDPOINT_URL_S3`,
  },
  {
    fits: isNoXml,
    says: ({ status }) =>
      `the answer is not S3's (status ${String(status)}); check AWS_ENDPOINT_URL_S3, the proxy, and whether the network asks to sign in`,
  },
];

/** What went wrong, in the server's own words, and what to do about it. */
export function explainFailure(facts: S3Facts): string {
  const advice = advices.find(({ fits }) => fits(facts));
  if (advice !== undefined) return advice.says(facts);
  const { message, code, name } = facts;
  return `${message || code || name}; check AWS_ENDPOINT_URL_S3, AWS_REGION and the credentials`;
}
