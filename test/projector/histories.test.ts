// Generated histories of every family, read as registers may send them: interleaved records, versions missing here and
// there, corrections, reversals that name another record, second readings, and retirements that are taken back.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../services/domain/canonical.ts';
import { deriveEventId, factFamilies, familyOf, streamOf } from '../../services/domain/events.ts';
import { retiredEvents } from '../../services/domain/retirement.ts';
import { startOfDay } from '../../services/domain/time.ts';
import { addStep } from '../../services/domain/ledger.ts';
import { hubItself, ownEvent } from '../../services/ports/own-event.ts';
import { packageHistory } from '../../services/projector/as-of.ts';
import { isFact } from '../../services/projector/apply-fact.ts';
import { project } from '../../services/projector/projector.ts';
import { deliveries } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, feedOf, foldInMemory, heldBefore, inWorkshop, rowsOf } from '../support/fold.ts';
import { codec, contracts, rules } from '../support/project.ts';
import { eventsTold, storyRecords } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import type { FactFamily, HubEvent, RecordedEvent } from '../../services/domain/events.ts';
import type { Fact } from '../../services/domain/facts.ts';
import type { Ledger } from '../../services/domain/ledger.ts';
import type { Retirement } from '../../services/domain/own-facts.ts';
import type { ComparedRow, Workshop } from '../support/fold.ts';

/** Every source with records that may end and be corrected, so that all families have all there is. */
const sources = new Map(
  [...contracts.sources].map(([name, contract]) => [
    name,
    {
      ...contract,
      record: {
        ...contract.record,
        corrections: ['corrected'],
        ends: { status: ['cancelled', 'historic', 'revoked', 'closed', 'rescinded'] },
      },
    },
  ]),
);
const judgedBy = { ...rules, sources };

const endings: Readonly<Record<FactFamily, string>> = {
  'business-licence': 'revoked',
  'property-right': 'cancelled',
  'project-approval': 'cancelled',
  'planning-permit': 'cancelled',
  'house-transfer': 'rescinded',
  'meter-account': 'closed',
};

/** One statement about the subject of one of the templates. */
const statement = fc.record({
  of: fc.nat(5),
  record: fc.constantFrom(null, null, 'r2', 'r3'),
  corrects: fc.constantFrom(null, null, null, null, 'r2', 'r3', 'nobody'),
  sequence: fc.constantFrom(null, 1, 2, 3, 4),
  day: fc.nat(9),
  change: fc.constantFrom('changed', 'changed', 'corrected', 'registered'),
  ends: fc.integer({ min: 0, max: 4 }).map((n) => n === 4),
  evidence: fc.nat(12),
  contract: fc.constantFrom(1, 1, 2),
  reader: fc.constantFrom(0, 0, 1),
  unread: fc.integer({ min: 0, max: 5 }).map((n) => n === 5),
});
/** A decision about the n-th event: retired, or reinstated. Two may be made on one state. */
const decision = fc.record({
  about: fc.nat(20),
  change: fc.constantFrom('retired', 'retired', 'reinstated'),
  sequence: fc.integer({ min: 1, max: 3 }),
});
type Statement = typeof statement extends fc.Arbitrary<infer T> ? T : never;
type Decision = typeof decision extends fc.Arbitrary<infer T> ? T : never;

const history = fc
  .tuple(fc.array(statement, { minLength: 6, maxLength: 18 }), fc.array(decision, { maxLength: 4 }), fc.boolean())
  .map(([statements, decisions, naming]): [Statement[], Decision[]] => [
    naming ? statements : statements.map((each) => ({ ...each, corrects: null })),
    decisions,
  ]);

let templates: HubEvent[] = [];

function eventsOf([statements, decisions]: [Statement[], Decision[]]): HubEvent[] {
  const stated = statements.map((each): HubEvent => {
    const template = templates.find(({ type }) => familyOf(type) === factFamilies[each.of])!;
    const family = familyOf(template.type) as FactFamily;
    const before = codec.decode(template.data) as Fact & { record: string; status: string };
    const fact: Record<string, unknown> = { ...before, change: each.change, corrects: each.corrects };
    fact['record'] = each.record ?? before.record;
    if (fact['corrects'] === fact['record']) fact['corrects'] = null;
    if (each.ends) fact['status'] = endings[family];
    // As if the reader had found no party.
    for (const field of ['holders', 'sellers', 'buyers']) if (each.unread && field in fact) fact[field] = [];
    for (const field of ['holder', 'builder', 'representative']) if (each.unread && field in fact) fact[field] = null;
    const time = startOfDay(`2025-0${each.day % 5 === 0 ? 1 : (each.day % 5) + 1}-0${(each.day % 9) + 1}`);
    const data = codec.encode(family, fact);
    return {
      ...template,
      id: deriveEventId(
        time,
        template.source,
        String(fact['record']),
        each.sequence,
        Buffer.concat([data, Buffer.from([each.evidence, each.contract, each.reader])]),
      ),
      type: `${family}.${each.change}`,
      ...{ time, sequence: each.sequence, data, reader: each.reader, contract: `${template.source}@${each.contract}` },
      evidence: `sha256:${each.evidence}`,
    };
  });
  const once = [...new Map(stated.map((event) => [event.id, event])).values()];
  const decided = decisions.map(({ about, change, sequence }): HubEvent => {
    const event = once[about % once.length]!;
    const stream = streamOf(event);
    const fact: Retirement = { change, record: stream, stream, event: event.id, reason: 'test', by: 'test' };
    return ownEvent(codec, { family: 'retirement', contract: hubItself, subject: stream, time: 1_800_000_000_000 + about, sequence, fact });
  });
  return [...once, ...new Map(decided.map((event) => [event.id, event])).values()];
}

const known = (rows: readonly ComparedRow[]): unknown[] =>
  rows
    .filter(({ view }) => view !== 'source' && view !== 'retirement')
    .map(({ view, key, body, tags, due }) => [view, key, body, tags, due]);

const recorded = (events: readonly HubEvent[]): RecordedEvent[] =>
  events.map((event, i) => ({ ...event, position: i + 1, revision: i, recordedtime: Date.UTC(2026, 4, 1) }));

describe('histories of every family', function () {
  this.timeout(240_000);
  before(async () => {
    const told = [...factory(1).told, ...storyRecords('sale-found-by-unit-code')];
    const events = await eventsTold(told);
    templates = factFamilies.map((family) => events.find(({ type }) => familyOf(type) === family)!);
  });

  it('give the same in any order of arrival', async () => {
    const seen = new Set<string>();
    const way = history.chain((told) => fc.tuple(fc.constant(told), deliveries(told[0].length + told[1].length)));
    const property = fc.asyncProperty(way, async ([told, order]) => {
      const events = eventsOf(told);
      const rows = await foldInMemory(recorded(events), '2026-06-01', judgedBy);
      const shuffled = [...new Map(order.flatMap((i) => (events[i] ? [[events[i].id, events[i]] as const] : []))).values()];
      const missing = events.filter((event) => !shuffled.includes(event));
      assert.deepEqual(known(await foldInMemory(recorded([...shuffled, ...missing]), '2026-06-01', judgedBy)), known(rows));
      for (const { body } of rows) for (const [, member] of body.matchAll(/"(conflicts|waiting|misread)":\[[^\]]/g)) seen.add(member!);
      if (rows.some(({ view }) => view === 'unstated')) seen.add('unstated');
      if (rows.some(({ body }) => /"displaced":"/.test(body))) seen.add('displaced');
    });
    await fc.assert(property, { numRuns: 400, endOnFailure: true });
    assert.deepEqual([...seen].sort(), ['conflicts', 'displaced', 'misread', 'unstated', 'waiting']);
  });

  it('give the same live in any batches, rebuilt and folded in memory, and as of any two moments', async () => {
    let compared = 0;
    const way = fc.tuple(
      history,
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.tuple(fc.nat(100), fc.nat(8)), { minLength: 4, maxLength: 4 }),
    );
    const property = fc.asyncProperty(way, async ([told, batch, moments]) => {
      const clock = createClock('2026-06-01');
      await inWorkshop(clock, async (workshop) => {
        const ports = { ...workshop.ports, rules: judgedBy };
        for (const events = eventsOf(told); events.length > 0;) {
          await workshop.store.append(events.splice(0, batch));
          await project(ports, { batch });
        }
        const rows = await rowsOf(workshop.views);
        const all = await allEvents(workshop.store);
        assert.deepEqual(await foldInMemory(all, clock.today(), judgedBy), rows);
        await inWorkshop(clock, async ({ views }) => {
          await project({ ...ports, views }, { batch: 3 });
          assert.deepEqual(await rowsOf(views), rows);
          assert.deepEqual(await feedOf(views), await feedOf(workshop.views));
        });
        for (const [place, month] of moments) {
          const position = Math.ceil((place / 100) * all.length);
          compared += await comparePast(workshop, all.slice(0, position), position);
          // A name stated later still chains its record: what is left out afterwards cannot be left out before.
          if (told[0].every(({ corrects }) => corrects === null))
            compared += await comparePast(workshop, all.slice(0, position), position, `2025-0${month + 1}-05`);
        }
      });
    });
    await fc.assert(property, { numRuns: 60, endOnFailure: true });
    assert.ok(compared > 200, `${compared} bodies compared`);
  });
});

/** Every package and request as of a position, and on a date: against a fold of only what counts then. */
async function comparePast(workshop: Workshop, past: readonly RecordedEvent[], position: number, validAt?: string): Promise<number> {
  const counting = validAt === undefined ? past : countingBefore(past, startOfDay(validAt) + 86_400_000);
  const moved = counting.map((event) => (validAt === undefined ? event : { ...event, recordedtime: startOfDay(validAt) }));
  const rows = await foldInMemory(moved, validAt, judgedBy);
  const history = packageHistory({ ...workshop, codec, rules: judgedBy });
  const options = validAt === undefined ? {} : { validAt };
  let compared = 0;
  for (const view of ['package', 'transfer-request'] as const) {
    const wanted = new Map(rows.filter((row) => row.view === view).map(({ key, body }) => [key, body]));
    for (const { key } of await workshop.views.list(view, { limit: 1000 })) if (!wanted.has(key)) wanted.set(key, '');
    for (const [id, body] of wanted) {
      const then =
        view === 'package'
          ? (await history.asOf(id, position, options)).package
          : (await history.requestAsOf(id, position, options)).request;
      assert.equal(then === null ? '' : canonicalJson(then), body, `${id} at ${position} on ${validAt ?? 'no date'}`);
      compared++;
    }
  }
  return compared;
}

/** Events that count before a moment: every decision about events, and the facts that held, sorted out by those decisions. */
function countingBefore(past: readonly RecordedEvent[], end: number): RecordedEvent[] {
  const ledgers = new Map<string, Ledger<Retirement>>();
  for (const { subject, id, time, sequence, data } of past.filter((event) => familyOf(event.type) === 'retirement'))
    ledgers.set(subject, addStep(ledgers.get(subject), subject, { event: id, time, sequence, fact: codec.decode(data) as Retirement }));
  const retired = new Set([...ledgers.values()].flatMap((ledger) => [...retiredEvents(ledger)]));
  const held = heldBefore(past, end, sources, retired);
  return past.filter((event) => (isFact(event) ? held.has(event.id) : familyOf(event.type) === 'retirement'));
}
