import type { RequestHandler, Response } from 'express';
import { ServiceError } from '../../../common/errors.ts';
import type { ModelManager } from '../../lifecycle/model-manager.ts';

/** Whether the server can answer photos: a model is warm, the engine responds, and it is not shutting down. */
export class Readiness {
  readonly #models: Pick<ModelManager, 'status' | 'notReady'>;
  readonly #engine: { readonly fault: ServiceError | undefined };
  #draining = false;

  /** @param engine its fault makes the server unready although it still answers */
  constructor(
    models: Pick<ModelManager, 'status' | 'notReady'>,
    engine: { readonly fault: ServiceError | undefined } = { fault: undefined },
  ) {
    this.#models = models;
    this.#engine = engine;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Makes the server unready for good, as it is shutting down. */
  beginDraining(): void {
    this.#draining = true;
  }

  /** Why the server is not ready; undefined where it is. */
  fault(): ServiceError | undefined {
    if (this.#draining) return new ServiceError('shutting_down', 'The server is shutting down.');
    return this.#engine.fault ?? this.modelFault();
  }

  /** Why no model answers; undefined where one does. */
  modelFault(): ServiceError | undefined {
    return this.#models.status.current === undefined ? this.#models.notReady() : undefined;
  }
}

/** While draining, announces that kept-alive connections close, so that shutting down need not cut them off. */
export function closeWhileDraining(readiness: Readiness): RequestHandler {
  return (_request, response, next) => {
    release(response, readiness);
    next();
  };
}

/** As closeWhileDraining, for a slow answer, during which the shutdown may have begun. */
export function release(response: Response, { draining }: Readiness): void {
  if (draining) response.setHeader('Connection', 'close');
}
