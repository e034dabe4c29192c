import type { ReceivedPhoto } from '../predict/predict-request.ts';

const BOUNDARY = /^multipart\/form-data;\s*boundary=(?:"([^"\\]{1,70})"|([^\s";]{1,70}))\s*$/i;
/** Plain names only: whatever needs decoding is left to the full parser. */
const DISPOSITION =
  /^content-disposition:\s*form-data;\s*name="([\w-]+)";\s*filename="([ !#$&'()+,\-.\w]+)"$/i;
const CONTENT_TYPE = /^content-type:\s*[\w.+-]+\/[\w.+-]+$/i;
const MOST_HEADER_BYTES = 1_000;

/**
 * Takes the photo out of the form that nearly every client sends: one file in the field `field`, whole in memory
 * (RFC 7578). Everything else, valid or not, is undefined and left to the full parser, which alone says what is
 * wrong with a form.
 */
export function parseSinglePhotoForm(
  contentType: string,
  body: Buffer,
  field: string,
): ReceivedPhoto | undefined {
  const boundary = BOUNDARY.exec(contentType);
  if (boundary === null) return undefined;
  const delimiter = `--${boundary[1] ?? boundary[2]!}`;
  const headersStart = delimiter.length + 2;
  const headersEnd = body.subarray(0, MOST_HEADER_BYTES).indexOf('\r\n\r\n');
  if (headersEnd < headersStart || !startsWith(body, `${delimiter}\r\n`)) return undefined;
  const filename = filenameOf(body.toString('latin1', headersStart, headersEnd), field);
  const end = body.indexOf(`\r\n${delimiter}`, headersEnd + 4, 'latin1');
  if (filename === undefined || end === -1 || !isClosing(body, end + 2 + delimiter.length)) {
    return undefined;
  }
  return { bytes: body.subarray(headersEnd + 4, end), filename };
}

function startsWith(body: Buffer, text: string): boolean {
  return body.toString('latin1', 0, text.length) === text;
}

/** The delimiter just read is the last one, and nothing comes after it. */
function isClosing(body: Buffer, at: number): boolean {
  const rest = body.toString('latin1', at, at + 5);
  return rest === '--\r\n' || rest === '--';
}

function filenameOf(headers: string, field: string): string | undefined {
  const [first, second, ...more] = headers.split('\r\n');
  const disposition = DISPOSITION.exec(first!);
  if (disposition?.[1] !== field || more.length > 0) return undefined;
  return second === undefined || CONTENT_TYPE.test(second) ? disposition[2]! : undefined;
}
