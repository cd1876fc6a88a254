// The durability gate: what must hold before a hub takes records in, and what an operator should know when it hardly does.
import { statfs } from 'node:fs/promises';
import { HubError } from '../domain/errors.ts';
import { sizeOf } from '../drivers/sqlite/backup.ts';
import { refuseViewsAhead } from '../projector/projector.ts';
import { filesOf, isDistributed } from './open-hub.ts';
import type { Hub } from './open-hub.ts';

/** Below this much free disk a hub does not start: a write-ahead log may take as much before it is folded in. */
const leastFree = 64 * 2 ** 20;
/** Below this much it warns. */
const littleFree = 1024 * 2 ** 20;

const parts = ['log', 'store', 'views', 'keys', 'cursors'] as const;
type Part = (typeof parts)[number];

export interface Findings {
  /** For operators; nothing personal in them. */
  warnings: string[];
  /** Bytes free for this user where the data directory is. */
  free: number;
  /** Bytes of each file in the data directory; those that engines hold are not in it. */
  bytes: Partial<Record<Part, number>>;
}

/** Looks without refusing, for `hub status`. Errors: STORE_TOO_OLD, DATA_DIRECTORY for a file that is not durable. */
export async function inspect({ config }: Pick<Hub, 'config'>): Promise<Findings> {
  const files = filesOf(config.dataDirectory);
  const elsewhere = {
    log: config.kafka,
    store: config.eventStoreUrl,
    views: config.databaseUrl,
    keys: config.keysUrl,
    cursors: config.databaseUrl,
  };
  const bytes: Findings['bytes'] = {};
  for (const part of parts) {
    const size = elsewhere[part] === null ? sizeOf(files[part]) : null;
    if (size !== null) bytes[part] = size;
  }
  const { bavail, bsize } = await statfs(config.dataDirectory);
  const free = bavail * bsize;
  const warnings = free < littleFree ? [`little disk is left for ${config.dataDirectory}: ${mebibytes(free)} MiB`] : [];
  return { warnings, free, bytes };
}

/**
 * To be passed before services start; the one place that says what is asked of the machine:
 * - SQLite without the WAL-reset defect, WAL, `synchronous=FULL` on log, store, keys and cursors (asserted at each opening);
 * - one writing process a data directory (the lock that `openHub` takes);
 * - disk to write on;
 * - views that are not ahead of the store, before a recorder hides it.
 * What Kafka's topics cannot keep is told as a notice when they are first used.
 * Errors: DISK_FULL, VIEWS_AHEAD, STORE_TOO_OLD, DATA_DIRECTORY.
 */
export async function passGate(hub: Pick<Hub, 'config' | 'store' | 'views' | 'notice'>): Promise<void> {
  const { warnings, free, bytes } = await inspect(hub);
  // Where engines hold everything, nothing is written here.
  if (Object.keys(bytes).length > 0 && free < leastFree) {
    throw new HubError(
      'DISK_FULL',
      `${mebibytes(free)} MiB are left for ${hub.config.dataDirectory}, ${mebibytes(leastFree)} are needed to start; free some first`,
    );
  }
  for (const warning of warnings) hub.notice(warning, { free });
  if (isDistributed(hub.config)) return;
  await refuseViewsAhead(hub).catch((error: unknown) => {
    // An engine that is down is waited for by those who need it; the projector asks again.
    if (!(error instanceof HubError) || error.code !== 'ENGINE_UNAVAILABLE') throw error;
  });
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);
