// What PostgreSQL and the way to it may answer, in the hub's own errors.
import pg from 'pg';
import { HubError } from '../../domain/errors.ts';

/** SQLSTATE codes after which the same call may succeed (PostgreSQL manual, appendix A), and how to say them. */
const passing: Record<string, string> = {
  '28000': 'refused this user',
  '28P01': 'refused this user or password',
  '3D000': 'has no database of this name yet',
  '25006': 'takes no writing from this user, or is a standby',
  '25P03': 'cut a connection that stood still',
  '40001': 'could not serialise the transaction',
  '40P01': 'undid a deadlock',
  '53200': 'is out of memory',
  '53300': 'has no connection left',
  '55P03': 'kept what was needed locked for too long',
  '57014': 'did not finish in time',
  '57P01': 'is being stopped',
  '57P02': 'crashed, and recovers',
  '57P03': 'is starting or stopping',
  '57P05': 'cut a connection that was idle too long',
};

/** What pg says when the way to the server is cut or mute; only these, since a mistake of ours must not look like it. */
const cut =
  /^(Connection terminated|timeout e|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after|The server does not support SSL|There was an error establishing an SSL)/;

/** The SQLSTATE of an error that the server gave, before or after `postgresError`. */
export const sqlState = (error: unknown): string | undefined => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE' ? code : undefined;
};

/**
 * The hub's error for what `where` (host, port and database; never a password) answered: ENGINE_UNAVAILABLE, DISK_FULL,
 * CONFIG_INVALID for a role without the right, STORE_CORRUPT; else the error itself, without the values it speaks of.
 */
export function postgresError(error: unknown, where: string): unknown {
  if (error instanceof HubError || !(error instanceof Error)) return error;
  const state = error instanceof pg.DatabaseError ? error.code : undefined;
  if (state === undefined) {
    const { code } = error as NodeJS.ErrnoException;
    // Node's own codes, of sockets, names and certificates; its mistakes of use begin with ERR_ and are not those.
    if (!cut.test(error.message) && (code === undefined || !/^(?!ERR_(?!TLS|SSL))[A-Z_]+$/.test(code))) return error;
    return new HubError('ENGINE_UNAVAILABLE', `PostgreSQL at ${where} cannot be reached, or did not answer in time`, { cause: error });
  }
  // The details of a server's error quote rows.
  const cause = Object.assign(new Error(`${state} ${error.message}`), { code: state });
  if (state === '53100') return new HubError('DISK_FULL', `PostgreSQL at ${where} has no space left`, { cause });
  if (state === '42501') {
    return new HubError('CONFIG_INVALID', `the user for PostgreSQL at ${where} lacks a right; see infra/postgres/roles.sql`, { cause });
  }
  if (state === 'XX001' || state === 'XX002') return new HubError('STORE_CORRUPT', `PostgreSQL at ${where} found damaged data`, { cause });
  const why = passing[state] ?? (state.startsWith('08') ? 'lost the connection' : undefined);
  return why === undefined ? cause : new HubError('ENGINE_UNAVAILABLE', `PostgreSQL at ${where} ${why}`, { cause });
}
