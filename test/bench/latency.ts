// From "visible at the source" to "readable at the portal": every service a process of its own, real Kafka and Postgres, one machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pullForever } from '../../services/adapters/pull.ts';
import { readConfig } from '../../services/config/config.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { developmentToken } from '../../services/hub/token.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { startService, until } from '../support/processes.ts';
import { pseudonymKey } from '../support/project.ts';
import type { AddressInfo } from 'node:net';
import type { FeedLine } from '../../services/ports/views.ts';

const source = 'property-right';
/** How often the adapter asks its source, in seconds; agreements say minutes, which would be all that is measured. */
const everySeconds = 0.05;

export interface Latency {
  /** Records a second made visible at the source. */
  rate: number;
  /** Records whose package was waited for, and for how long, in milliseconds. */
  measured: number;
  p50: number;
  p99: number;
}

interface Live {
  unit: string;
  record: object;
  visibleAt: number;
}

export async function benchLatency(
  engines: { brokers: string[]; databaseUrl: string },
  rates: number[],
  seconds: number,
): Promise<Latency[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const env = {
    KAFKA_BROKERS: engines.brokers.join(','),
    KAFKA_TOPIC_PREFIX: 'latency.',
    KAFKA_PARTITIONS: '4',
    DATABASE_URL: engines.databaseUrl,
    HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'),
  };
  const services = await Promise.all(['projector', 'recorder', 'portal'].map((name) => startService(name, folder, env)));
  const platform = await startLivePlatform();
  const hub = await openHub(readConfig(env, { data: folder }));
  const stop = new AbortController();
  const contract = hub.contracts.sources.get(source)!;
  const lively = { ...contract, pull: { ...contract.pull, everySeconds } };
  const pulling = pullForever(lively, { url: platform.url, requesterId: 'bench', secret: '' }, hub, stop.signal, (error) =>
    console.warn(error.message),
  );
  try {
    for (const service of services) await until(`${service.name} is ready`, async () => (await service.ready()).ok);
    const token = await developmentToken(hub.config, ['packages:read'], 'developer', 3600);
    const watcher = watchPortal(services[2]!.url, token, platform.live);
    const records = recordsOfUnits(rates.reduce((sum, rate) => sum + rate * (seconds + 2), 0));
    const results: Latency[] = [];
    for (const rate of rates) {
      // The first two seconds warm up.
      await platform.tell(records.splice(0, rate * 2), rate);
      await watcher.settled();
      watcher.reset();
      await platform.tell(records.splice(0, rate * seconds), rate);
      await watcher.settled();
      const summary = watcher.summary();
      if (summary.measured < (rate * seconds) / 2)
        throw new Error(`only ${summary.measured} of ${rate * seconds} records were seen at the portal`);
      results.push({ rate, ...summary });
    }
    watcher.stop();
    return results;
  } finally {
    stop.abort();
    await pulling;
    await hub.close();
    await Promise.all(services.map((service) => service.kill()));
    platform.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first record of each of so many units. */
function recordsOfUnits(count: number): Live[] {
  const seen = new Set<string>();
  const records: Live[] = [];
  for (const record of createSimulation({ seed: 'latency', subjects: Math.ceil(count * 1.3), dirty: 0 }).records(source) as Iterable<{
    BDCDYH?: string;
  }>) {
    const unit = record.BDCDYH?.replaceAll(' ', '');
    if (!unit || seen.has(unit)) continue;
    seen.add(unit);
    records.push({ unit, record, visibleAt: 0 });
    if (records.length === count) return records;
  }
  throw new Error(`only ${records.length} units`);
}

/** A platform on which records become visible at a steady rate. */
async function startLivePlatform(): Promise<{
  url: string;
  live: Map<string, number>;
  tell(records: Live[], rate: number): Promise<void>;
  close(): void;
}> {
  const visible: Live[] = [];
  const live = new Map<string, number>();
  const server = createServer((request, response) => {
    const query = new URL(request.url!, 'http://localhost').searchParams;
    const from = Number(query.get('cursor') ?? 0);
    const page = visible.slice(from, from + Number(query.get('limit')));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ code: 0, data: { records: page.map(({ record }) => record), nextCursor: String(from + page.length) } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    live,
    async tell(records, rate) {
      const started = performance.now();
      for (let told = 0; told < records.length;) {
        const due = Math.min(records.length, Math.floor(((performance.now() - started) * rate) / 1000) + 1);
        for (; told < due; told++) {
          live.set(records[told]!.unit, performance.now());
          visible.push(records[told]!);
        }
        await wait(5);
      }
    },
    close: () => void server.close(),
  };
}

/** Follows the portal's change feed, as 网上国网 would, and notes when each unit's package can be read. */
function watchPortal(url: string, token: string, live: Map<string, number>) {
  const headers = { authorization: `Bearer ${token}`, purpose: 'electricity-application' };
  let waits: number[] = [];
  let stopped = false;
  let last = performance.now();
  void (async () => {
    let after = '';
    while (!stopped) {
      const response = await fetch(`${url}/portal/v1/changes?limit=500${after && `&after=${after}`}`, { headers });
      if (!response.ok) throw new Error(`the portal answered ${response.status}: ${await response.text()}`);
      const { items, next } = (await response.json()) as { items: FeedLine[]; next: string };
      const now = performance.now();
      for (const { cause } of items) {
        const since = 'subject' in cause ? live.get(cause.subject) : undefined;
        if (since === undefined) continue;
        waits.push(now - since);
        live.delete((cause as { subject: string }).subject);
        last = now;
      }
      after = next;
      if (items.length < 500) await wait(20);
    }
  })();
  return {
    stop: () => void (stopped = true),
    reset: () => void (waits = []),
    /** When nothing new has come for two seconds: what is left calls for no package. */
    settled: () => until('the feed is quiet', async () => performance.now() - last > 2_000),
    summary() {
      const sorted = waits.sort((a, b) => a - b);
      const at = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN);
      return { measured: sorted.length, p50: at(0.5), p99: at(0.99) };
    },
  };
}
