/** The syntax of a form is broken; the message says where. */
export class FormSyntaxError extends Error {
  override readonly name = 'FormSyntaxError';
}

/**
 * A parameter of a media type (RFC 9110, 5.6.6), which may be empty. Values without quotes may hold what some clients leave
 * unquoted.
 */
const PARAMETER = /[ \t]*;[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+)))?/y;
/** RFC 2046, 5.1.1, with the characters that some clients use besides. */
const BOUNDARY = /^[\w !#$%&'()*+,\-./:;<=>?@[\]^`{|}~]{1,70}(?<! )$/;

/**
 * The boundary of a form.
 * @param contentType a media type without regard to its name
 * @throws FormSyntaxError
 */
export function boundaryOf(contentType: string): string {
  const start = contentType.indexOf(';');
  PARAMETER.lastIndex = start === -1 ? contentType.length : start;
  let end = PARAMETER.lastIndex;
  const boundaries: string[] = [];
  for (let found; (found = PARAMETER.exec(contentType)) !== null; end = PARAMETER.lastIndex) {
    if (found[1]?.toLowerCase() === 'boundary') boundaries.push(found[2] ?? found[3]!);
  }
  if (contentType.slice(end).trim() !== '') {
    throw new FormSyntaxError('Malformed parameters of the Content-Type, which gives the boundary');
  }
  const [boundary] = boundaries;
  if (boundary === undefined) throw new FormSyntaxError('Boundary not found in the Content-Type');
  if (boundaries.length > 1 || !BOUNDARY.test(boundary)) {
    throw new FormSyntaxError(
      'The Content-Type must give one boundary of 1 to 70 printable characters',
    );
  }
  return boundary;
}

/** More than the limits of a request allow. */
const MOST_CHECKED_PARTS = 1000;

/**
 * Checks the delimiters of a form (RFC 2046, 5.1.1): each ends its line, and the last one is there. What follows the last one
 * has no meaning and is cut off. A form with more parts than any request may have is returned as it is.
 * @throws FormSyntaxError
 */
export function withoutEpilogue(body: Buffer, boundary: string): Buffer {
  const delimiter = `\r\n--${boundary}`;
  // The line break before the first delimiter may be missing.
  let at = startsWith(body, delimiter.slice(2)) ? -2 : body.indexOf(delimiter, 0, 'latin1');
  for (let parts = 0; parts < MOST_CHECKED_PARTS; parts += 1) {
    if (parts > 0 || at === -1) at = body.indexOf(delimiter, Math.max(at, 0), 'latin1');
    if (at === -1) throw new FormSyntaxError('Unexpected end of form');
    at += delimiter.length;
    const next = body.toString('latin1', at, at + 2);
    if (next === '--') return body.subarray(0, at + 2);
    if (next !== '\r\n') throw new FormSyntaxError('A delimiter is not followed by a line break');
  }
  return body;
}

/** The headers of a part, without those of other parts. */
const MOST_PART_HEADER_BYTES = 4_096;
const PART_NAME = /^content-disposition:[^\r\n]*;[ \t]*name=(?:"([^"\r\n]*)"|([\w-]+))/im;
const PART_FILENAME = /^content-disposition:[^\r\n]*;[ \t]*filename\*?=/im;
const TEXT_TYPE = /^content-type:[ \t]*text\//im;

/**
 * Gives the parts in a field the name of a file where they have none, which RFC 7578 (4.2) leaves to the sender: parsers take
 * them for text otherwise. Parts that say that they are text, and short ones without a type, stay as they are.
 * @param body whose delimiters `withoutEpilogue` has checked
 */
export function withFilenames(body: Buffer, boundary: string, field: string): Buffer {
  const delimiter = `--${boundary}\r\n`;
  const pieces: Buffer[] = [];
  let taken = 0;
  let at = body.indexOf(delimiter, 0, 'latin1');
  for (let parts = 0; at !== -1 && parts < MOST_CHECKED_PARTS; parts += 1) {
    const start = at + delimiter.length;
    const end = body.subarray(start, start + MOST_PART_HEADER_BYTES).indexOf('\r\n\r\n');
    if (end === -1) break;
    const headers = body.toString('latin1', start, start + end);
    if (isNamelessFile(headers, field)) {
      pieces.push(body.subarray(taken, start), Buffer.from(named(headers), 'latin1'));
      taken = start + end;
    }
    at = body.indexOf(`\r\n${delimiter}`, start + end, 'latin1');
    if (at !== -1) at += 2;
  }
  return taken === 0 ? body : Buffer.concat([...pieces, body.subarray(taken)]);
}

function isNamelessFile(headers: string, field: string): boolean {
  const name = PART_NAME.exec(headers);
  if ((name?.[1] ?? name?.[2]) !== field || PART_FILENAME.test(headers)) return false;
  return /^content-type:/im.test(headers) && !TEXT_TYPE.test(headers);
}

function named(headers: string): string {
  return headers.replace(/^content-disposition:[^\r\n]*/im, (line) => `${line}; filename="photo"`);
}

function startsWith(body: Buffer, text: string): boolean {
  return body.toString('latin1', 0, text.length) === text;
}

/** Matches plain names only; the full parser handles names that need decoding. */
const DISPOSITION =
  /^content-disposition:[ \t]*form-data;[ \t]*name="([\w-]+)";[ \t]*filename="([ !#$&'()+,\-.\w]+)"$/i;
const CONTENT_TYPE = /^content-type:[ \t]*[\w.+-]+\/[\w.+-]+$/i;
const MOST_HEADER_BYTES = 1_000;

/** A photo with the name of its file. */
export interface FormPhoto {
  bytes: Buffer;
  filename: string;
}

/**
 * Fast path past the full parser: extracts the photo of the form that nearly every client sends, one file in the field
 * `field`, from a form that is whole in memory (RFC 7578). Returns undefined for any other form, valid or not: the full
 * parser handles it and reports what is wrong with it.
 */
export function parseSinglePhotoForm(
  boundary: string,
  body: Buffer,
  field: string,
): FormPhoto | undefined {
  const delimiter = `--${boundary}`;
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

/** Whether the delimiter at `end` is the last one and nothing follows it. */
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
