// A data-sharing platform that keeps a ledger: what it is about to send is written down first, and so is what was taken over.
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { contracts } from '../../support/project.ts';
import { openLedger } from './ledger.ts';
import type { AddressInfo } from 'node:net';
import type { Ledger } from './ledger.ts';

export interface FaultPlatform {
  url: string;
  ledger: Ledger;
  /** Makes records visible behind those that already are. */
  tell(histories: Histories): void;
  /** Whether everything visible was asked for and acknowledged by a hub that was asking since `mark`. */
  taken(mark: Mark): boolean;
  /** What was asked so far, to compare later. */
  mark(): Mark;
  /** Pages asked for since then. */
  asked(since: Mark): number;
  close(): Promise<void>;
}

/** The records of each source, in its order. */
export type Histories = ReadonlyMap<string, readonly object[]>;
export type Mark = ReadonlyMap<string, number>;

export interface PlatformOptions {
  /** The ledger's file. */
  file: string;
  histories: Histories;
  /** Records in a page, whatever is asked for. */
  page: number;
  /** Milliseconds before each page. */
  pace?: number;
}

export async function startFaultPlatform({ file, histories, page, pace = 0 }: PlatformOptions): Promise<FaultPlatform> {
  const ledger = openLedger(file);
  const sourceAt = new Map([...contracts.sources.values()].map((contract) => [contract.pull.path, contract.name]));
  const visible = new Map([...contracts.sources.keys()].map((source) => [source, [] as object[]]));
  const asked = new Map<string, number>();
  const tell = (more: Histories): void => more.forEach((records, source) => visible.get(source)!.push(...records));
  tell(histories);

  async function answer(target: string): Promise<object> {
    const url = new URL(target, 'http://127.0.0.1');
    const source = sourceAt.get(url.pathname);
    if (source === undefined) return { code: '-1' };
    const from = Number(url.searchParams.get('cursor') ?? 0);
    asked.set(source, (asked.get(source) ?? 0) + 1);
    ledger.acknowledged(source, from);
    const records = visible.get(source)!.slice(from, from + page);
    if (records.length > 0) {
      if (pace > 0) await wait(pace);
      ledger.sending(source, from, records);
    }
    return { code: '0', data: { records, nextCursor: String(from + records.length) } };
  }
  const server = createServer((request, response) => {
    void answer(request.url!).then((body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ledger,
    tell,
    taken: (mark) =>
      [...visible].every(
        ([source, records]) => (asked.get(source) ?? 0) > (mark.get(source) ?? 0) && ledger.ackedOf(source) === records.length,
      ),
    mark: () => new Map(asked),
    asked: (since) => [...asked].reduce((sum, [source, times]) => sum + times - (since.get(source) ?? 0), 0),
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      ledger.close();
    },
  };
}
