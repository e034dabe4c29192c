import type { Request } from 'express';
import type { PredictService } from '../predict/predict-service.ts';
import type { Readiness } from './readiness.ts';

export interface AdmissionDependencies {
  predictions: Pick<PredictService, 'assertRoom'>;
  readiness: Pick<Readiness, 'modelFault'>;
  /** Names the client; without it the address does. */
  clientKeyHeader: string;
}

/**
 * Refuses photos that no model or no place in the queue would be there for, before they are received. Not what the
 * readiness probe says: while draining, what comes over open connections is answered all the same.
 * @param selector the model that is asked for
 * @returns the client's key
 * @throws ServiceError as PredictService.assertRoom
 */
export async function admit(
  request: Request,
  selector: string | undefined,
  { predictions, readiness, clientKeyHeader }: AdmissionDependencies,
): Promise<string> {
  const fault = readiness.modelFault();
  if (fault !== undefined) throw fault;
  await predictions.assertRoom(selector);
  return request.get(clientKeyHeader) ?? request.ip ?? '';
}
