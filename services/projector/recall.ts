// Every package and request that ever relied on an event: their versions folded, premises by premises, and who was given them.
import { packageIdParts } from '../domain/packages/judge.ts';
import { bearingStreams } from './bearing-streams.ts';
import { candidatesOf } from './recall-candidates.ts';
import { eventsOfStreams, versionsIn } from './versions.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { Access, TransferStep } from '../domain/own-facts.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Version } from '../ports/package-history.ts';
import type { Recall, Recalled, RecallPlace, Replacement } from '../ports/recall.ts';
import type { HistoryPorts } from './versions.ts';

export function openRecall(ports: HistoryPorts): Recall {
  return {
    event: (id) => ports.store.get(id),
    async *recall(event, after) {
      for await (const { premises, cursor } of candidatesOf(ports.views, ports.codec, event, after)) {
        const found: Recalled[] = [];
        for (const relied of await reliedAt(ports, premises, event.id)) found.push(await withUses(ports, relied));
        yield { cursor, found };
      }
    },
  };
}

interface Relied extends Pick<Recalled, 'kind' | 'id' | 'periods'> {
  /** Of every version that it ever had, whatever that rested on. */
  digests: ReadonlySet<string>;
}

/** Packages and the request of one premises that relied on an event, also those withdrawn since. */
async function reliedAt(ports: HistoryPorts, premises: string, event: string): Promise<Relied[]> {
  const first = await reliedWith(ports, premises, event, []);
  const packages = first.flatMap(({ kind, id }) => (kind === 'package' ? [id] : []));
  const promised = await ports.views.getAll(packages.map((key) => ({ view: 'commitment', key })));
  // Promises change a package and never what it rests on, but digests must be those of the versions that were given.
  return promised.length === 0 ? first : reliedWith(ports, premises, event, packages);
}

async function reliedWith(ports: HistoryPorts, premises: string, event: string, packages: readonly string[]): Promise<Relied[]> {
  const streams = await bearingStreams(ports.views, { premises, packages });
  const events = await eventsOfStreams(ports, streams, await ports.store.head());
  const relied = new Map<string, Relied & { last: Version | null }>();
  const digests = new Map<string, Set<string>>();
  const wanted = (kind: string, id: string): boolean => (kind === 'package' ? packageIdParts(id)[2] === premises : id === premises);
  for await (const version of versionsIn(ports, events, wanted)) {
    const key = `${version.kind}/${version.id}`;
    let of = relied.get(key);
    const every = digests.get(key) ?? new Set();
    digests.set(key, every);
    if (version.digest !== null) every.add(version.digest);
    const parts = partsOf(version).flatMap((part) => (part.event === event ? [part.part] : []));
    if (parts.length > 0) {
      if (!of) relied.set(key, (of = { kind: version.kind, id: version.id, periods: [], digests: every, last: null }));
      const open = of.periods.at(-1);
      if (!open || open.until) of.periods.push({ from: placeOf(version), parts, digests: [version.digest!], until: null });
      else if (!open.digests.includes(version.digest!)) open.digests.push(version.digest!);
      of.last = version;
    } else if (of?.last) {
      of.periods.at(-1)!.until = { ...placeOf(version), replacedBy: replacements(of.last, version, event) };
      of.last = null;
    }
  }
  return [...relied.values()];
}

const placeOf = ({ change, status, digest, cause, position, recordedtime }: Version): RecallPlace => ({
  position,
  recordedtime,
  change,
  status,
  digest,
  cause,
});

/** Every part of a version with the event that it rests on. */
function partsOf(version: Version): Replacement[] {
  if (version.body === null) return [];
  if (version.kind === 'package')
    return (version.body as Package).items.flatMap(({ id, event, status, related = [] }) =>
      [event, ...related.flatMap(({ events }) => events)].map((each) => ({ part: id, event: each, status })),
    );
  const { property, meter, blocks, notices, event, status } = version.body as TransferRequest;
  const parts: Replacement[] = [
    { part: 'transfer', event, status },
    { part: 'property', event: property.event, status },
    { part: 'account', event: meter?.event ?? null, status },
  ];
  for (const { event, code } of [...blocks, ...notices])
    if (event !== null && !parts.some((part) => part.event === event)) parts.push({ part: 'remark', event, status: code });
  return parts;
}

function replacements(before: Version, after: Version, event: string): Replacement[] {
  const now = partsOf(after);
  return partsOf(before)
    .filter((part) => part.event === event)
    .map(({ part }) => now.find((other) => other.part === part) ?? { part, event: null, status: null });
}

/**
 * Adds the recipients of a version of those periods, and the steps of a request meanwhile. A digest that no version has by
 * today's code was given by an earlier one: such a use counts for the version in force at its place in the store.
 */
async function withUses(ports: HistoryPorts, { kind, id, periods, digests }: Relied): Promise<Recalled> {
  const during = (event: RecordedEvent): boolean =>
    periods.some(({ from, until }) => event.position > from.position && (!until || event.position <= until.position));
  const reliedOn = new Set(periods.flatMap((period) => period.digests));
  const recalled: Recalled = { kind, id, periods, accesses: [], steps: [] };
  for await (const { event, fact } of stated(ports, `access-${id}`)) {
    const { change, consumer, purpose, case: businessCase, digest, basis, kind: given } = fact as Access;
    if (given === kind && (digests.has(digest) ? reliedOn.has(digest) : during(event)))
      recalled.accesses.push({ ...placed(event), change, consumer, purpose, case: businessCase, digest, basis });
  }
  if (kind === 'package') return recalled;
  for await (const { event, fact } of stated(ports, `transfer-request-${id}`)) {
    const { change, utility, attempt, externalNo, code } = fact as TransferStep;
    if (during(event)) recalled.steps.push({ ...placed(event), change, utility, attempt, externalNo, code });
  }
  return recalled;
}

const placed = ({ id, position, time, recordedtime }: RecordedEvent) => ({ event: id, position, time, recordedtime });

/** The events of a stream that can be read, with what they state. */
async function* stated({ store, codec }: HistoryPorts, stream: string): AsyncGenerator<{ event: RecordedEvent; fact: object }> {
  for await (const event of store.readStream(stream)) {
    let fact: object;
    try {
      fact = codec.decode(event.data);
    } catch {
      continue;
    }
    yield { event, fact };
  }
}
