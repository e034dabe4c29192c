import type { RequestHandler, Response } from 'express';
import { ServiceError } from '../../../common/errors.ts';
import type { ModelManager } from '../../lifecycle/model-manager.ts';

/** Whether the server can answer photos: a model is warm, and it is not shutting down. */
export class Readiness {
  readonly #models: Pick<ModelManager, 'status' | 'notReady'>;
  #draining = false;

  constructor(models: Pick<ModelManager, 'status' | 'notReady'>) {
    this.#models = models;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** For good: the server is on its way out. */
  beginDraining(): void {
    this.#draining = true;
  }

  /** Why it is not ready, if so. */
  fault(): ServiceError | undefined {
    if (this.#draining) return new ServiceError('shutting_down', 'The server is shutting down.');
    return this.modelFault();
  }

  /** Why no model answers, if so. */
  modelFault(): ServiceError | undefined {
    return this.#models.status.current === undefined ? this.#models.notReady() : undefined;
  }
}

/** Tells clients of kept-alive connections to go elsewhere, so that shutting down need not cut them off. */
export function closeWhileDraining(readiness: Readiness): RequestHandler {
  return (_request, response, next) => {
    release(response, readiness);
    next();
  };
}

/** As closeWhileDraining, for an answer that took a while: the shutdown may have begun since. */
export function release(response: Response, { draining }: Readiness): void {
  if (draining) response.setHeader('Connection', 'close');
}
