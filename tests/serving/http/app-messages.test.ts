import express from 'express';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import request from 'supertest';
import { expect, it } from 'vitest';
import { messagesOf } from '../../../src/serving/http/server/http-server.ts';

it('requests and responses are the app’s from the start, so that Express sets no prototype', async () => {
  const app = express();
  const born: unknown[] = [];
  app.get('/', (seen, response) => {
    born.push(Object.getPrototypeOf(seen), Object.getPrototypeOf(response));
    response.json({ path: seen.path, app: seen.app === app && response.app === app });
  });
  const messages = messagesOf(app);
  const server = createServer(messages, (seen, response) => {
    born.push(Object.getPrototypeOf(seen), Object.getPrototypeOf(response));
    expect(seen).toBeInstanceOf(IncomingMessage);
    expect(response).toBeInstanceOf(ServerResponse);
    app(seen, response);
  });
  await request(server).get('/').expect(200, { path: '/', app: true });
  const own = [messages.IncomingMessage.prototype, messages.ServerResponse.prototype];
  expect(born).toHaveLength(4);
  for (const [index, prototype] of born.entries()) expect(prototype).toBe(own[index % 2]);
});

it('two apps keep their own', async () => {
  const apps = ['one', 'two'].map((name) => {
    const app = express().set('name', name);
    app.get('/', (seen, response) => response.send(seen.app.get('name')));
    return app;
  });
  for (const [index, app] of apps.entries()) {
    await request(createServer(messagesOf(app), app))
      .get('/')
      .expect(200, ['one', 'two'][index]!);
  }
});
