import type { Config } from '../../common/config/config.ts';
import { createAdminApp, type AppDependencies } from '../http/server/app.ts';
import { messagesOf, createHttpServer } from '../http/server/http-server.ts';
import { listenOn } from '../http/server/listen.ts';

/** The server of ADMIN_PORT. */
export interface AdminServer {
  /** For the line that says where the service listens. */
  logFields: { admin?: string };
  /** At once: it answers until everything else has drained. */
  close: () => void;
}

/**
 * Starts it where ADMIN_PORT asks for one.
 * @throws ListenError
 */
export async function startAdminServer(
  { HOST, ADMIN_PORT }: Config,
  dependencies: AppDependencies,
): Promise<AdminServer> {
  if (ADMIN_PORT === undefined) return { logFields: {}, close: () => undefined };
  const app = createAdminApp(dependencies);
  const server = createHttpServer(app, { messages: messagesOf(app) });
  const admin = await listenOn(server, HOST, ADMIN_PORT);
  return { logFields: { admin }, close: () => server.close().closeAllConnections() };
}
