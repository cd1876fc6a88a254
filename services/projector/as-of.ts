// A package as known at a past position, folded from only the streams that bear on it.
import { streamOf } from '../domain/events.ts';
import { dateAt } from '../domain/time.ts';
import { packageIdParts } from '../domain/packages/judge.ts';
import { foldEvents, judgeDue } from './fold.ts';
import { emptyBase, openSession } from './session.ts';
import type { RecordedEvent, families } from '../domain/events.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { PackageHistory, PastPackage } from '../ports/package-history.ts';
import type { ViewReader } from '../ports/view-store.ts';
import type { JudgedLocal, ParkedLocal } from '../ports/views.ts';
import type { FoldPorts } from './fold.ts';

export interface AsOfPorts extends FoldPorts {
  store: Pick<EventReader, 'readStream' | 'query'>;
  views: Pick<ViewReader, 'get' | 'find'>;
}

const familyOfView: Record<string, (typeof families)[number]> = {
  enterprise: 'business-licence',
  property: 'property-right',
  project: 'project-approval',
  permit: 'planning-permit',
  'house-transfer': 'house-transfer',
  'meter-account': 'meter-account',
};

/** Subjects keep what they were ever linked by, so today's views name every stream that ever bore on the package. */
export function packageHistory(ports: AsOfPorts): PackageHistory {
  return {
    async asOf(id, position) {
      const events: RecordedEvent[] = [];
      for (const stream of await streamsOf(ports.views, id)) {
        for await (const event of ports.store.readStream(stream, { upTo: await appliedUpTo(ports.views, stream, position) }))
          events.push(event);
      }
      events.sort((a, b) => a.position - b.position);
      const session = openSession(emptyBase);
      const folded = await foldEvents(session, events, { position: 0, date: '0000-01-01' }, ports);
      // The whole hub's date at that position decides, even where the last event was about somebody else.
      const [newest] = (await ports.store.query({ after: position - 1, upTo: position, limit: 1 })).events;
      const at = await judgeDue(session, newest ? dateAt(newest.recordedtime) : folded.date, folded, ports);
      const row = await session.get<Package, JudgedLocal>('package', id);
      return { package: row?.body ?? null, local: row?.local ?? null, position, date: at.date } satisfies PastPackage;
    },
  };
}

/** A stream that is parked counts as far as the views took it, also where what stopped it lies outside this package. */
async function appliedUpTo(views: Pick<ViewReader, 'get'>, stream: string, position: number): Promise<number> {
  const parked = await views.get('parked', stream);
  return parked ? Math.min(position, (JSON.parse(parked.local) as ParkedLocal).position - 1) : position;
}

/** The streams of every subject within two links of the package's subject and premises; parties lead to licences only. */
async function streamsOf(views: Pick<ViewReader, 'get' | 'find'>, id: string): Promise<string[]> {
  const [, subject = '', premises = ''] = packageIdParts(id);
  const streams = new Set<string>();
  let frontier = [`party:${subject}`, `unit:${premises}`, `project:${premises}`, `consumer:${premises}`];
  const own = await views.get('house-transfer', premises);
  if (own) frontier.push(...own.tags);
  for (let step = 0; step < 2; step++) {
    const next = new Set<string>();
    for (const tag of frontier) {
      const licensed = tag.startsWith('party:');
      if (licensed) streams.add(`business-licence-${tag.slice('party:'.length)}`);
      // What was stated once and corrected since bore on the package too.
      for (const found of [tag, `was:${tag}`]) {
        for (const row of await views.find(found, licensed ? { view: 'enterprise' } : {})) {
          const family = familyOfView[row.view];
          if (family === undefined) continue;
          streams.add(streamOf({ type: `${family}.`, subject: row.key }));
          for (const other of row.tags) next.add(other.replace(/^was:/, ''));
        }
      }
    }
    frontier = [...next];
  }
  return [...streams].sort();
}
