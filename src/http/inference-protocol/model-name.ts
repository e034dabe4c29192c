import type { Request } from 'express';
import { ServiceError } from '../../common/errors.ts';

/** @throws ServiceError `model_not_found` where the path names another model */
export function assertModelName(request: Request, { modelName }: { modelName: string }): void {
  if (request.params.name === modelName) return;
  throw new ServiceError('model_not_found', `This server has one model, ${modelName}.`);
}
