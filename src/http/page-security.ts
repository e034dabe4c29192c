import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** What a page may load beside its own scripts, styles and answers. */
export interface PageNeeds {
  /** Pictures that the page makes of files and the camera itself. */
  ownPictures?: boolean;
}

/**
 * Headers of a page: nothing from elsewhere, nothing inline, not in a frame. It must work over plain HTTP too, in a
 * house's own network, so requests are not upgraded.
 */
export function pageSecurity({ ownPictures = false }: PageNeeds = {}): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', ...(ownPictures ? ['blob:'] : [])],
        connectSrc: ["'self'"],
        mediaSrc: ownPictures ? ["'self'", 'blob:'] : ["'none'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}
