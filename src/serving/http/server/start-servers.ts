import type { Config } from '../../../common/config/config.ts';
import { createAdminApp, createApp, type AppDependencies } from './app.ts';
import { drainServer } from './graceful-shutdown.ts';
import { createHttpServer, messagesOf } from './http-server.ts';
import { listenOn } from './listen.ts';
import { shedLoad, type LoadShedderDependencies } from './load-shedder.ts';

/** The listening HTTP servers: the service's, and where ADMIN_PORT is set the one for operators. */
export interface RunningServers {
  /** URLs, for the log. */
  addresses: { address: string; admin?: string };
  /**
   * Finishes the requests in flight within the grace period, then closes every connection. The admin server answers
   * until the last of them.
   */
  drain: (graceMs: number) => Promise<void>;
}

/** @throws ListenError where an address cannot be listened on */
export async function startServers(
  config: Config,
  dependencies: AppDependencies & LoadShedderDependencies,
): Promise<RunningServers> {
  const { readiness, active } = dependencies;
  const app = createApp(dependencies);
  const server = createHttpServer(shedLoad(app, dependencies), {
    messages: messagesOf(app),
    maxConnections: config.MAX_CONNECTIONS,
  });
  const address = await listenOn(server, config.HOST, config.PORT);
  const admin = await startAdminServer(config, dependencies);
  return {
    addresses: { address, ...admin.addresses },
    drain: async (graceMs) => {
      await drainServer({ server, readiness, active, graceMs });
      admin.close();
    },
  };
}

async function startAdminServer(config: Config, dependencies: AppDependencies) {
  const { HOST, ADMIN_PORT, MAX_CONNECTIONS: maxConnections } = config;
  if (ADMIN_PORT === undefined) return { addresses: {}, close: () => undefined };
  const app = createAdminApp(dependencies);
  const server = createHttpServer(app, { messages: messagesOf(app), maxConnections });
  const admin = await listenOn(server, HOST, ADMIN_PORT);
  return { addresses: { admin }, close: () => server.close().closeAllConnections() };
}
