import cors from 'cors';
import type { RequestHandler } from 'express';

/** Lets web pages of these origins ask and read the answers, `*` being all (Fetch standard, CORS protocol). */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
    maxAge: 600,
  });
}
