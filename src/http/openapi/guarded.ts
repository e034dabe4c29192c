import type { ErrorCode } from '../../common/errors.ts';
import { isGuarded } from '../protection.ts';
import type { Operation } from './operation.ts';

/** What API keys and rate limits, where the operator has set them, answer in place of a route. */
const refusals: readonly ErrorCode[] = ['unauthorized', 'forbidden', 'rate_limited'];

/** Adds what may be refused before the route is reached. */
export function guarded(operation: Operation): Operation {
  if (!isGuarded(operation.path)) return operation;
  const faults = [...new Set([...operation.faults, ...refusals])];
  return { ...operation, faults, mayNeedKey: true };
}
