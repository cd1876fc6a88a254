// One client per server address and process: the client keeps channels and state that its instances must not fight over.
import { EventStoreDBClient } from '@eventstore/db-client';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../domain/errors.ts';

/** A share of the client for one connection string. */
export interface Connection {
  client: EventStoreDBClient;
  /** What every call carries: the credentials of the connection string, if it has any. */
  calls: { credentials?: { username: string; password: string } };
  /** Names the server in error texts: hosts only, never credentials. */
  where: string;
  /** How long one call, or one pause within an answer, may take, in milliseconds. */
  timeoutMs: number;
  /** Aborted when this share is released. */
  closed: AbortSignal;
  release(): Promise<void>;
}

/** The parameters of a connection string that mean something here, in lower case. */
const parameters = new Set([
  'tls',
  'tlscafile',
  'tlsverifycert',
  'usercertfile',
  'userkeyfile',
  'nodepreference',
  'maxdiscoverattempts',
  'discoveryinterval',
  'gossiptimeout',
  'keepaliveinterval',
  'keepalivetimeout',
  'defaultdeadline',
  'connectionname',
]);

interface Address {
  /** The connection string without credentials: the client prints what it cannot read of it. */
  bare: string;
  hosts: string;
  credentials?: { username: string; password: string };
}

/** How long a client that is let go has to end its calls, in milliseconds. */
const disposeMs = 500;

const shared = new Map<string, { client: EventStoreDBClient; shares: number }>();

/** Takes a share of the client for `url`; nothing is connected yet. CONFIG_INVALID when the URL or a file it names cannot be used. */
export function connect(url: string, timeoutMs: number): Connection {
  const { bare, hosts, credentials } = readAddress(url);
  const entry = shared.get(url) ?? { client: createClient(bare), shares: 0 };
  entry.shares += 1;
  shared.set(url, entry);
  const closing = new AbortController();
  // Every call under way listens.
  setMaxListeners(0, closing.signal);
  return {
    client: entry.client,
    calls: credentials ? { credentials } : {},
    where: `EventStoreDB at ${hosts}`,
    timeoutMs,
    closed: closing.signal,
    async release() {
      if (closing.signal.aborted) return;
      closing.abort();
      entry.shares -= 1;
      if (entry.shares > 0) return;
      shared.delete(url);
      await Promise.race([entry.client.dispose(), sleep(disposeMs, undefined, { ref: false })]);
    },
  };
}

function createClient(bare: string): EventStoreDBClient {
  try {
    const client = EventStoreDBClient.connectionString(bare);
    // Batch append keeps its pending calls in one list for all streams: an old stream's error rejects the new one's calls,
    // and a reply that finds its call gone throws out of an event handler. Plain append has none of this, and a deadline that holds.
    client['supports'] = () => Promise.resolve(false);
    return client;
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', 'the connection string of the event store cannot be used', { cause });
  }
}

function readAddress(url: string): Address {
  const [, scheme, user, password, hosts, query = ''] =
    /^(esdb(?:\+discover)?):\/\/(?:([^:@]+):([^@]+)@)?([^/?@]+)\/*(\?.*)?$/.exec(url.trim()) ?? [];
  if (!scheme || !hosts) {
    throw new HubError(
      'CONFIG_INVALID',
      'the URL of the event store must read esdb://host:port or esdb+discover://host:port, with ?name=value after it',
    );
  }
  for (const pair of query.slice(1).split('&').filter(Boolean)) {
    const name = pair.split('=')[0]!;
    if (!parameters.has(name.toLowerCase().replaceAll(/[_-]/g, ''))) {
      throw new HubError('CONFIG_INVALID', `the URL of the event store has a parameter that is not known: ${name}`);
    }
  }
  const bare = `${scheme}://${hosts}${query}`;
  if (user === undefined || password === undefined) return { bare, hosts };
  try {
    return { bare, hosts, credentials: { username: decodeURIComponent(user), password: decodeURIComponent(password) } };
  } catch {
    throw new HubError('CONFIG_INVALID', 'the credentials in the URL of the event store are not percent-encoded as they should be');
  }
}
