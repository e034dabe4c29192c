import { ServiceError } from '../common/errors.ts';

export interface PhotoFault {
  index: number;
  filename?: string;
  fault: ServiceError;
}

/** No photo of the request could be answered; it stands for the first one's fault. */
export class AllPhotosFailedError extends ServiceError {
  readonly faults: readonly PhotoFault[];

  /** @param faults at least one. */
  constructor(faults: readonly PhotoFault[]) {
    const { fault } = faults[0]!;
    super(fault.code, fault.message, {
      cause: fault.cause,
      ...(fault.retryAfterSeconds === undefined
        ? {}
        : { retryAfterSeconds: fault.retryAfterSeconds }),
    });
    this.faults = faults;
  }
}
