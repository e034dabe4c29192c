import { Agent, request } from 'node:http';

/** One request of a load, on the clock of `performance.now`. */
export interface ClientRequest {
  readonly client: string;
  readonly sentMs: number;
  /** The status of the answer, or the error code of the connection. */
  readonly outcome: number | string;
  /** The version that answered; undefined if none did. */
  readonly version: number | undefined;
}

export interface ClientLoadOptions {
  url: string;
  /** A JPEG file. */
  photo: Buffer;
  /** Each sends its next request when the previous one is answered. */
  connections: number;
  /** Requests take turns with this many keys in `X-Client-Key`. */
  clients?: number;
}

/** A closed loop of photos on keep-alive connections that records what became of each. */
export class ClientLoad {
  readonly requests: ClientRequest[] = [];
  readonly #options: ClientLoadOptions;
  readonly #agent: Agent;
  readonly #loops: Promise<void>[];
  #stopping = false;
  #sent = 0;

  constructor(options: ClientLoadOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections });
    this.#loops = Array.from({ length: options.connections }, () => this.#loop());
  }

  /** Requests that did not get a 200. */
  failed(): ClientRequest[] {
    return this.requests.filter(({ outcome }) => outcome !== 200);
  }

  /** Stops after the requests in flight have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  /** Ends when the load is stopped, or when the server no longer accepts connections. */
  async #loop(): Promise<void> {
    while (!this.#stopping) {
      const client = `client-${this.#sent++ % (this.#options.clients ?? 1)}`;
      const sent = await this.#send(client);
      this.requests.push(sent);
      if (sent.outcome === 'ECONNREFUSED') return;
    }
  }

  #send(client: string): Promise<ClientRequest> {
    const { url, photo } = this.#options;
    const sentMs = performance.now();
    const headers = {
      'Content-Type': 'image/jpeg',
      'Content-Length': photo.length,
      'X-Client-Key': client,
    };
    return new Promise((resolve) => {
      const end = (outcome: number | string, version?: number) =>
        resolve({ client, sentMs, outcome, version });
      const onError = (error: NodeJS.ErrnoException) => end(error.code ?? error.message);
      const sending = request(url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.once('error', onError);
        response.once('end', () => end(response.statusCode!, versionIn(text)));
      });
      sending.once('error', onError).end(photo);
    });
  }
}

function versionIn(text: string): number | undefined {
  return (JSON.parse(text) as { model?: { version: number } }).model?.version;
}
