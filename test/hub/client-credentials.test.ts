// Tokens for brokers that want oauthbearer.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { clientCredentials } from '../../services/hub/client-credentials.ts';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

describe('client credentials', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let asked: { authorization: string | undefined; body: string };
  let url: string;
  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked = { authorization: request.headers.authorization, body };
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  });
  after(() => server.close());

  it('asks as RFC 6749 §4.4 says, and gives the token', async () => {
    answer = { status: 200, body: '{"access_token":"abc","token_type":"Bearer"}' };
    assert.equal(await clientCredentials(url, 'hub:1', 'se cret')(), 'abc');
    assert.equal(asked.body, 'grant_type=client_credentials');
    assert.equal(Buffer.from(asked.authorization!.replace('Basic ', ''), 'base64').toString(), 'hub%3A1:se%20cret');
  });

  it('is told apart from other failures, without the secret', async () => {
    for (const refused of [
      { status: 401, body: '{"error":"invalid_client"}' },
      { status: 200, body: 'not json' },
      { status: 200, body: '{}' },
    ]) {
      answer = refused;
      await assert.rejects(clientCredentials(url, 'hub', 'se cret')(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ENGINE_UNAVAILABLE');
        assert.ok(!error.message.includes('se cret'));
        return true;
      });
    }
    await assert.rejects(clientCredentials('http://127.0.0.1:1/token', 'hub', 's')(), { code: 'ENGINE_UNAVAILABLE' });
  });
});
