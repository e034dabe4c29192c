import { ConfigError, readConfig, readConfigWarnings } from './common/config/config.ts';
import { endProcess } from './common/process/end-process.ts';
import { EngineUnavailableError } from './inference/engine/engine.ts';
import { RegistryError } from './registry/registry.ts';
import { appDependencies } from './serving/app-dependencies.ts';
import { onStopSignal } from './serving/http/server/graceful-shutdown.ts';
import { ListenError } from './serving/http/server/listen.ts';
import { startServers } from './serving/http/server/start-servers.ts';
import { createServingContext } from './serving/serving-context.ts';

/** Starts the server: settings, then its parts, then the HTTP servers, and last the first version of the model. */
async function start(): Promise<void> {
  const config = readConfig();
  const context = await createServingContext(config);
  const { logger, registry, engine, watcher, engineHealth } = context;
  for (const warning of readConfigWarnings()) logger.warn(warning);

  const servers = await startServers(config, appDependencies(context));
  const logFields = { ...servers.addresses, registry: registry.location, engine };
  logger.info(logFields, 'listening; see README.md');
  if (config.FACES === undefined) logger.info(FACES_NOTE);

  process.on('SIGHUP', () => void watcher.poll());
  const { stop } = onStopSignal(logger, config.SHUTDOWN_GRACE_MS, async (graceMs) => {
    context.stop();
    await servers.drain(graceMs);
    await context.close();
  });
  engineHealth.onEnd((reason) => stop({ reason }, ENGINE_LOST_EXIT_CODE));
  await context.start();
}

const FACES_NOTE =
  'FACES is not set: the largest face of each photo is found; FACES=none takes each photo for a framed face, as 0.1 did';

/** Where a thread hangs in native code, `endProcess` cannot keep it: deploy/README.md lists the codes. */
const ENGINE_LOST_EXIT_CODE = 70;

/** Errors that the operator can fix: reported without a stack. */
const setupErrors = [ConfigError, RegistryError, EngineUnavailableError, ListenError];

try {
  await start();
} catch (error) {
  const isSetupError = setupErrors.some((kind) => error instanceof kind);
  const message = isSetupError
    ? (error as Error).message
    : ((error as Error).stack ?? String(error));
  process.stderr.write(`face-age cannot start: ${message}\n`);
  await endProcess(1);
}
