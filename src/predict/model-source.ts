import type { BorrowedModel } from '../lifecycle/model-handle.ts';

/** Where the predict service borrows its model. */
export interface ModelSource {
  /**
   * @param selector a version or an alias, as the request gave it; undefined takes the model that serves.
   * @param clientKey names the client, for whatever share of the traffic goes elsewhere; without one none does.
   * @throws ServiceError `model_not_ready`, `model_not_found` or `model_not_loaded`.
   */
  borrow(selector: string | undefined, clientKey?: string): Promise<BorrowedModel>;
}
