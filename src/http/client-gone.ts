/** The client has closed its connection: nobody is left to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  constructor() {
    super('the client has closed its connection');
  }
}
