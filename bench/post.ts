import { request, type Agent } from 'node:http';
import type { Payload } from './payload.ts';

/** Posts the payload on a kept-alive connection. */
export function post(
  url: string,
  { body, contentType }: Payload,
  agent: Agent,
  more: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': contentType, 'content-length': body.length, ...more };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}
