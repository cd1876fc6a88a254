// Pulls one source over HTTP, page by page, from where it stopped.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../domain/errors.ts';
import { signPlatformRequest } from '../domain/platform-sign.ts';
import { durationMs } from '../domain/time.ts';
import { failpoint } from '../ports/failpoint.ts';
import { tookTooLong, withPatience } from '../ports/patience.ts';
import { createAdapter } from './adapter.ts';
import { answerText, parseAnswer, takeUnsafeNumber } from './read-answer.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { Cursors } from '../ports/cursors.ts';
import type { SourceRecord } from './adapter.ts';
import type { AdapterCounts, AdapterPorts } from './ports.ts';

/** How to reach a platform: its base address and the identity it knows us by (DOMAIN §7.1). */
export interface Platform {
  url: string;
  requesterId: string;
  secret: string;
}

export interface PullPorts extends AdapterPorts {
  cursors: Cursors;
}

interface PlatformPage {
  records: Record<string, unknown>[];
  nextCursor: string;
}

const attempts = 5;

/**
 * Pulls until the source has nothing newer. The cursor is saved only behind the recorder (law 3). The contact is told
 * when it gave something, or when the last one told, at `toldAt`, is a tenth of the promised freshness old.
 */
export async function pullOnce(
  contract: SourceContract,
  platform: Platform,
  ports: PullPorts,
  signal: AbortSignal,
  toldAt = 0,
): Promise<AdapterCounts & { toldAt: number }> {
  const adapter = createAdapter(contract, contract.pull.mapping, 'polled', ports);
  const startedAt = ports.now();
  let cursor = await ports.cursors.load(contract.name);
  for (;;) {
    signal.throwIfAborted();
    const page = await fetchPage(contract, platform, cursor, ports.now, signal);
    if (page.records.length === 0) break;
    const records = page.records.map((fields, i) => recordOf(fields, `${cursor ?? 'start'}+${i}`));
    failpoint('adapter-read');
    const place = await adapter.take(records, page.nextCursor);
    failpoint('adapter-published');
    await ports.log.recorded(place, signal);
    failpoint('adapter-recorded');
    await ports.cursors.save(contract.name, page.nextCursor);
    failpoint('adapter-cursor-saved');
    if (page.nextCursor === cursor) break;
    cursor = page.nextCursor;
  }
  const counts = adapter.counts();
  if (counts.received === 0) {
    if (startedAt - toldAt < (durationMs(contract.freshness) ?? 0) / 10) return { ...counts, toldAt };
    await adapter.take([], cursor);
  }
  return { ...counts, toldAt: startedAt };
}

/** A record, or one refused as a whole: a number that was altered would make another person of a number of identity. */
function recordOf(fields: Record<string, unknown>, position: string): SourceRecord {
  const field = takeUnsafeNumber(fields);
  return field === null ? { position, fields } : { position, problem: 'unsafe-number', content: fields, field };
}

/** Pulls again and again at the contract's pace until aborted; an unavailable source is told and tried again. */
export async function pullForever(
  contract: SourceContract,
  platform: Platform,
  ports: PullPorts,
  signal: AbortSignal,
  onFailure: (error: HubError) => void,
): Promise<void> {
  let toldAt = 0;
  while (!signal.aborted) {
    try {
      ({ toldAt } = await pullOnce(contract, platform, ports, signal, toldAt));
    } catch (error) {
      if (signal.aborted) return;
      // What is not the source's failure is not mended by waiting for its next turn.
      if (!(error instanceof HubError) || error.code === 'DISK_FULL' || error.code === 'ENGINE_UNAVAILABLE') throw error;
      onFailure(error);
    }
    await sleep(contract.pull.everySeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}

const answerWithinMs = 30_000;

async function fetchPage(
  contract: SourceContract,
  platform: Platform,
  cursor: string | null,
  now: () => number,
  signal: AbortSignal,
): Promise<PlatformPage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withPatience(answerWithinMs, (either) => fetchPageOnce(contract, platform, cursor, now, either), signal).catch(
        (cause: unknown) => {
          if (!tookTooLong(cause)) throw cause;
          throw new HubError(
            'SOURCE_UNAVAILABLE',
            `${contract.name}: no whole answer from ${platform.url} within ${answerWithinMs / 1000} s`,
            { cause },
          );
        },
      );
    } catch (error) {
      if (signal.aborted || !(error instanceof HubError) || !error.retry || attempt === attempts) throw error;
      await sleep(100 * 2 ** attempt, undefined, { signal });
    }
  }
}

async function fetchPageOnce(
  contract: SourceContract,
  platform: Platform,
  cursor: string | null,
  now: () => number,
  signal: AbortSignal,
): Promise<PlatformPage> {
  const url = new URL(contract.pull.path, platform.url);
  if (cursor !== null) url.searchParams.set('cursor', cursor);
  url.searchParams.set('limit', String(contract.pull.pageSize));
  const call = { sid: contract.name, rid: platform.requesterId, rtime: String(now()) };
  const headers = {
    gjgxjhpt_rid: call.rid,
    gjgxjhpt_sid: call.sid,
    gjgxjhpt_rtime: call.rtime,
    gjgxjhpt_sign: signPlatformRequest({ secret: platform.secret, ...call }),
    'x-request-id': randomUUID(),
  };
  const response = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new HubError('SOURCE_UNAVAILABLE', `${contract.name}: no answer from ${url.origin}`, { cause });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new HubError(
      response.status >= 500 || response.status === 429 ? 'SOURCE_UNAVAILABLE' : 'SOURCE_PROTOCOL',
      `${contract.name}: the platform answered HTTP ${response.status}`,
    );
  }
  const bytes = await response.arrayBuffer().catch((cause: unknown) => {
    throw new HubError('SOURCE_UNAVAILABLE', `${contract.name}: the platform's answer broke off`, { cause });
  });
  return pageOf(contract, answerOf(contract.name, answerText(contract.name, response.headers.get('content-type'), new Uint8Array(bytes))));
}

function answerOf(contract: string, text: string): unknown {
  try {
    return parseAnswer(text);
  } catch (cause) {
    throw new HubError('SOURCE_UNAVAILABLE', `${contract}: the platform's answer is not JSON`, { cause });
  }
}

/** Reads the envelope `{code, message, data}`; `code` comes as text or number, and only 0 is success (DOMAIN §7.1). */
function pageOf(contract: SourceContract, body: unknown): PlatformPage {
  const { code, data } = (typeof body === 'object' && body !== null ? body : {}) as { code?: unknown; data?: unknown };
  if (String(code) !== '0')
    throw new HubError('SOURCE_UNAVAILABLE', `${contract.name}: the platform answered code ${String(code).slice(0, 20)}`);
  const page = (typeof data === 'string' ? safeJson(data) : data) as Partial<PlatformPage> | null;
  if (!page || !Array.isArray(page.records) || typeof page.nextCursor !== 'string') {
    throw new HubError('SOURCE_PROTOCOL', `${contract.name}: the platform's answer holds no records and next cursor`);
  }
  const records = page.records.map((record) => (typeof record === 'object' && record !== null ? record : {}));
  return { records, nextCursor: page.nextCursor };
}

function safeJson(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch {
    return null;
  }
}
