// Access tokens by the client-credentials grant (RFC 6749 §4.4), for brokers that want oauthbearer.
import { HubError } from '../domain/errors.ts';
import { withPatience } from '../ports/patience.ts';

/** Gives a function that asks for a token each time it is called. Errors: ENGINE_UNAVAILABLE; secrets are not repeated. */
export function clientCredentials(url: string, id: string, secret: string): () => Promise<string> {
  const refuse = (why: string, cause?: unknown): HubError =>
    new HubError('ENGINE_UNAVAILABLE', `no token for Kafka from ${new URL(url).origin}: ${why}`, { cause });
  const ask = async (signal: AbortSignal): Promise<string> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        // §2.3.1: both are form-encoded before they are joined.
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
      signal,
    }).catch((cause: unknown) => {
      throw refuse('no answer', cause);
    });
    const body = (await response.json().catch(() => null)) as { access_token?: unknown } | null;
    if (!response.ok) throw refuse(`HTTP ${response.status}`);
    if (typeof body?.access_token !== 'string') throw refuse('the answer holds no access_token');
    return body.access_token;
  };
  return () =>
    withPatience(10_000, ask).catch((cause: unknown) => {
      throw cause instanceof HubError ? cause : refuse('no answer in time', cause);
    });
}
