// Records who is given what, and why, before it is given: once a day for what the same consumer reads again.
import { HubError } from '../domain/errors.ts';
import { citizenIdHolds } from '../domain/identifiers/citizen-id.ts';
import { dateAt, dayAfter, startOfDay } from '../domain/time.ts';
import { consentOf } from '../domain/transfers/consent.ts';
import { hubItself, ownEvent } from '../ports/own-event.ts';
import type { HubEvent } from '../domain/events.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Access, Authorisation } from '../domain/own-facts.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { Recording } from '../ports/recording.ts';
import type { ViewReader } from '../ports/view-store.ts';

export interface AccessPorts {
  views: Pick<ViewReader, 'find'>;
  codec: Pick<EventCodec, 'encode'>;
  recording: Recording;
  /** `<id>@<version> <legal basis>` of a consumer's contract. */
  legalBasis: (consumer: string) => string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Who asks, and what for. */
export interface Reader {
  consumer: string;
  purpose: string;
  case: string | null;
}

/** What is to be given. */
export interface Given {
  kind: Access['kind'];
  /** Id of the package, or the case. */
  object: string;
  digest: string;
  /** Whom it is about: their consents, if any are in force, are its basis. */
  parties: readonly string[];
}

export interface AccessRecorder {
  /**
   * Sees to it that the store holds that these were read; undefined when it is known to. Errors: NOT_RECORDED when it does
   * not in time, and then nothing must be given.
   */
  read(reader: Reader, given: readonly Given[]): Promise<void> | undefined;
  /** The same of a copy that leaves; each is an access of its own, under the id of the copy. */
  exported(reader: Reader, given: Given, copy: { id: string; basis: string; at: number }): Promise<void>;
  basisOf(reader: Reader, given: Given): Promise<string>;
}

/** How many accesses are known to be recorded; those beyond are given to the store again, which has each once. */
const knownAtMost = 10_000;
/** For how long a consent found in force, or none, is not looked for again. */
const basisHoldsMs = 5_000;

interface Known {
  basis: string;
  /** The end of the day it was recorded on. */
  day: number;
  until: number;
}

export function accessRecorder({ views, codec, recording, legalBasis, now }: AccessPorts): AccessRecorder {
  const known = new Map<string, Known>();
  const underWay = new Map<string, Promise<void>>();

  const eventOf = (
    change: 'read' | 'exported',
    reader: Reader,
    given: Given,
    more: { record: string; basis: string; time: number },
  ): HubEvent => {
    const { record, basis, time } = more;
    const { kind, object, digest } = given;
    const fact = { change, record, ...reader, kind, object, digest, basis } satisfies Access;
    return ownEvent(codec, { family: 'access', contract: hubItself, subject: object, time, fact });
  };

  /** Events that nobody is recording already go together; all that share an event share its fate. */
  async function recordOnce(events: readonly HubEvent[]): Promise<void> {
    const fresh = events.filter(({ id }) => !underWay.has(id));
    if (fresh.length > 0) {
      const done = recording.record([...fresh]).finally(() => fresh.forEach(({ id }) => underWay.delete(id)));
      for (const { id } of fresh) underWay.set(id, done);
    }
    try {
      await Promise.all(events.flatMap(({ id }) => underWay.get(id) ?? []));
    } catch (cause) {
      throw new HubError('NOT_RECORDED', 'who is given what is recorded first, and could not be', { cause });
    }
  }

  async function recordReads(reader: Reader, given: readonly Given[], at: number): Promise<void> {
    const date = dateAt(at);
    const day = startOfDay(dayAfter(date));
    const found = consentFinder(views, date);
    // Consumer and purpose of one request are the same, so the object and its version tell its accesses apart.
    const record = [date, reader.consumer, reader.purpose, ...(reader.case === null ? [] : [reader.case])].join('~');
    const events: HubEvent[] = [];
    const learnt: [string, Known][] = [];
    for (const one of given) {
      const key = keyOf(reader, one);
      const basis = await basisFrom(found, reader, one);
      const before = known.get(key);
      if (before?.basis !== basis || before.day !== day)
        events.push(eventOf('read', reader, one, { record, basis, time: startOfDay(date) }));
      learnt.push([key, { basis, day, until: Math.min(day, at + basisHoldsMs) }]);
    }
    if (events.length > 0) await recordOnce(events);
    for (const [key, entry] of learnt) remember(key, entry);
  }

  function remember(key: string, entry: Known): void {
    known.delete(key);
    known.set(key, entry);
    for (const oldest of known.keys()) {
      if (known.size <= knownAtMost) break;
      known.delete(oldest);
    }
  }

  async function basisFrom(found: ConsentFinder, reader: Reader, { object, parties }: Given): Promise<string> {
    const consents = await Promise.all(parties.map((party) => found(party, reader.purpose, object)));
    const granted = [...new Set(consents.filter((event) => event !== null))].map((event) => `consent ${event}`);
    // Whoever has not agreed is covered by the contract, or nobody may ask.
    return granted.length > 0 && !consents.includes(null) ? granted.join('; ') : [...granted, legalBasis(reader.consumer)].join('; ');
  }

  return {
    read(reader, given) {
      const at = now();
      const unknown = given.filter((one) => !((known.get(keyOf(reader, one))?.until ?? 0) > at));
      return unknown.length === 0 ? undefined : recordReads(reader, unknown, at);
    },
    exported: (reader, given, { id, basis, at }) => recordOnce([eventOf('exported', reader, given, { record: id, basis, time: at })]),
    basisOf: (reader, given) => basisFrom(consentFinder(views, dateAt(now())), reader, given),
  };
}

const keyOf = (reader: Reader, { kind, object, digest }: Given): string =>
  `${reader.consumer}\0${reader.purpose}\0${reader.case ?? ''}\0${kind}\0${object}\0${digest}`;

/** The event by which a party agreed to a use, or null. */
type ConsentFinder = (party: string, purpose: string, object: string) => Promise<string | null>;

/** Looks up each party's consents once. */
function consentFinder(views: AccessPorts['views'], date: string): ConsentFinder {
  const kept = new Map<string, Promise<Ledger<Authorisation>[]>>();
  const ofParty = async (party: string): Promise<Ledger<Authorisation>[]> =>
    (await views.find(`grantor:${party}`, { view: 'consent' })).map((row) => JSON.parse(row.body) as Ledger<Authorisation>);
  return async (party, purpose, object) => {
    let consents = kept.get(party);
    if (!consents) kept.set(party, (consents = ofParty(party)));
    const covers = (scope: string): boolean => scope === 'data-use' || (scope === 'joint-transfer' && purpose === 'meter-transfer');
    for (const ledger of await consents) {
      const consent = consentOf(ledger, date);
      // A consent that names no object covers all of its grantor.
      if (consent.state === 'granted' && covers(consent.scope) && (consent.object ?? object) === object) return consent.event;
    }
    return null;
  };
}

/** A case number stays in the clear for ever, so it must not be a person's number. Errors: USAGE. */
export function checkedCase(text: string): string {
  for (const [number] of text.matchAll(/(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])/g)) {
    if (citizenIdHolds(number.toUpperCase()))
      throw new HubError('USAGE', 'the business case holds an identity number, and is kept for ever 业务编号不得含证件号码');
  }
  if (/(?<!\d)1[3-9]\d{9}(?!\d)/.test(text))
    throw new HubError('USAGE', 'the business case holds a phone number, and is kept for ever 业务编号不得含电话号码');
  return text;
}
