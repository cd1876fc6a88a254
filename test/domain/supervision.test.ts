// Matters: what is waited for in a transfer request at each utility, from when, and again after it was settled.
import assert from 'node:assert/strict';
import { deriveEventId } from '../../services/domain/events.ts';
import { addStep } from '../../services/domain/ledger.ts';
import {
  continued,
  decideOpen,
  openOccurrence,
  settling,
  stateOn,
  transferMatters,
  transferStepTaken,
} from '../../services/domain/supervision.ts';
import { startOfDay } from '../../services/domain/time.ts';
import { contracts } from '../support/project.ts';
import type { Ledger, Step } from '../../services/domain/ledger.ts';
import type { Supervision, TransferStep, Utility } from '../../services/domain/own-facts.ts';
import type { SupervisionStep } from '../../services/domain/supervision.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { UtilityOfRequest } from '../../services/domain/transfers/request-life.ts';

const measures = { limits: contracts.limits, calendar: contracts.calendar };
const noon = (date: string): number => startOfDay(date) + 43_200_000;
const eventOn = (date: string): string => deriveEventId(noon(date), 'hub', date, null, Buffer.from(''));

const utilityOf = (utility: Utility, changes: Partial<UtilityOfRequest>): UtilityOfRequest => ({
  ...{ utility, state: 'none', attempt: 0, externalNo: null, consumerNo: null, code: null, reason: null, event: null, time: 0 },
  ...{ next: null, may: false, undone: null, basis: null, form: null },
  ...changes,
});

/** A request entered on Tuesday 3 March 2026, for a unit in Nanjing. */
const requestOf = (
  status: TransferRequest['status'],
  changes: Partial<TransferRequest> = {},
  utilities: UtilityOfRequest[] = [],
): TransferRequest => ({
  ...{ id: 'SL1', status, sellers: [], buyers: [], meter: null, candidates: [], blocks: [], notices: [] },
  property: {
    unitCode: '320102001001GB00001F00010001',
    certificateNo: null,
    area: null,
    registeredOn: '2026-03-03',
    event: eventOn('2026-03-03'),
  },
  entered: noon('2026-03-03'),
  event: eventOn('2026-03-05'),
  life: { stage: 'prepared', consent: { state: 'missing', event: null, basis: null }, ask: false, utilities },
  ...changes,
});
const stepOf = (change: TransferStep['change'], date: string, utility: Utility, attempt = 1): Step<TransferStep> => ({
  ...{ event: eventOn(date), time: noon(date), sequence: null },
  fact: {
    ...{ change, record: change, case: 'SL1', utility, attempt, idempotencyKey: null, externalNo: null, consumerNo: null },
    ...{ code: null, reason: null, basis: null, by: null },
  },
});
const found = (request: TransferRequest, steps: Step<TransferStep>[] = []): string[] =>
  transferMatters(request, steps, measures).map(
    ({ step, utility, since, due, responsible }) => `${step} ${utility ?? '-'} ${since} ${due} ${responsible}`,
  );

describe('what a transfer request waits for', () => {
  const missing = { blocks: [{ code: 'consent-missing', event: null }] } satisfies Partial<TransferRequest>;
  const table: [what: string, request: TransferRequest, steps: Step<TransferStep>[], matters: string[]][] = [
    ['a reviewer, from the entry in the register', requestOf('review'), [], ['review - 2026-03-03 2026-03-05 account-review']],
    ['consent', requestOf('blocked', missing), [], ['consent - 2026-03-03 2026-03-10 transfer-desk']],
    [
      'both',
      requestOf('review', missing),
      [],
      ['review - 2026-03-03 2026-03-05 account-review', 'consent - 2026-03-03 2026-03-10 transfer-desk'],
    ],
    ['nothing where arrears alone stand in the way', requestOf('blocked', { blocks: [{ code: 'arrears', event: null }] }), [], []],
    ['nothing once the title was withdrawn', requestOf('withdrawn', missing), [], []],
    ['nothing once the house was sold on', requestOf('superseded', missing), [], []],
    [
      'being sent, from the consent',
      requestOf('ready', {}, [utilityOf('electricity', { next: 'submit', basis: eventOn('2026-03-09') })]),
      [],
      ['submission electricity 2026-03-09 2026-03-10 transfer-desk'],
    ],
    [
      'being sent again, from when it was returned',
      requestOf('ready', {}, [
        utilityOf('water', { state: 'returned', next: 'submit', attempt: 1, time: noon('2026-03-12'), basis: eventOn('2026-03-09') }),
      ]),
      [],
      ['submission water 2026-03-12 2026-03-13 transfer-desk'],
    ],
    [
      'an answer, from the first sending of this try, however often it is asked for since',
      requestOf('ready', {}, [utilityOf('water', { state: 'unknown', next: 'query', attempt: 2, time: noon('2026-03-20') })]),
      [
        stepOf('submitting', '2026-03-09', 'water', 1),
        stepOf('submitting', '2026-03-16', 'water', 2),
        stepOf('querying', '2026-03-20', 'water', 2),
      ],
      ['answer water 2026-03-16 2026-03-19 water-utility'],
    ],
    [
      'completion by one while another still answers, each by its own limit',
      requestOf('ready', {}, [
        utilityOf('electricity', { state: 'accepted', next: 'query', attempt: 1, time: noon('2026-03-10') }),
        utilityOf('gas', { state: 'submitting', next: 'query', attempt: 1, time: noon('2026-03-10') }),
      ]),
      [],
      ['completion electricity 2026-03-10 2026-03-17 electricity-utility', 'answer gas 2026-03-10 2026-03-13 gas-utility'],
    ],
    [
      'the end of a cancellation, also once the title was withdrawn',
      requestOf('withdrawn', {}, [utilityOf('electricity', { state: 'cancelling', next: 'cancel', attempt: 1, time: noon('2026-03-10') })]),
      [],
      ['answer electricity 2026-03-10 2026-03-12 electricity-utility'],
    ],
    [
      'nothing of a utility that is done',
      requestOf('completed', {}, [utilityOf('gas', { state: 'completed', attempt: 1, time: noon('2026-03-10') })]),
      [],
      [],
    ],
  ];
  for (const [what, request, steps, matters] of table) it(`is ${what}`, () => assert.deepEqual(found(request, steps), matters));

  it('has the division of the unit, and none where the unit is not known', () => {
    const regions = (request: TransferRequest): (string | null)[] => transferMatters(request, [], measures).map(({ region }) => region);
    assert.deepEqual(regions(requestOf('review')), ['320102']);
    const { property } = requestOf('review');
    assert.deepEqual(regions(requestOf('review', { property: { ...property, unitCode: null } })), [null]);
  });

  it('is not supervised where it began before any limit was in force', () => {
    assert.deepEqual(found(requestOf('review', { entered: noon('2023-03-03') })), []);
  });
});

describe('a matter', () => {
  const [matter] = transferMatters(requestOf('review'), [], measures);
  const put = (ledger: Ledger<Supervision> | undefined, steps: SupervisionStep[]): Ledger<Supervision> =>
    steps.reduce<Ledger<Supervision> | undefined>(
      (built, step, i) => addStep(built, matter!.id, { event: `${step.sequence} ${i}`, ...step }),
      ledger,
    )!;

  it('stands where its limit and the date put it', () => {
    const states = ['2026-03-04', '2026-03-05', '2026-03-06', '2026-03-09', '2026-03-12'].map((date) => stateOn(matter!, date, measures));
    assert.deepEqual(states, ['within', 'warning', 'overdue', 'escalated', 'escalated-again']);
  });

  it('tells its escalations to those whom the limits name', () => {
    const told = decideOpen(matter!, undefined, '2026-03-20', measures).map(({ fact }) => [fact.change, fact.to]);
    assert.deepEqual(told, [
      ['opened', null],
      ['warned', null],
      ['overdue', null],
      ['escalated', 'unit-leader'],
      ['escalated-again', 'supervision-office'],
    ]);
  });

  it('keeps the beginning and the limit it was opened with while it is open', () => {
    const ledger = put(undefined, decideOpen(matter!, undefined, '2026-03-06', measures));
    const later = { ...matter!, since: '2026-03-05', due: '2026-03-31' };
    assert.deepEqual(continued(later, ledger, measures), matter);
    assert.deepEqual(decideOpen(continued(later, ledger, measures), ledger, '2026-03-06', measures), []);
  });

  it('begins anew where it was settled, when it is waited for again', () => {
    const opened = put(undefined, decideOpen(matter!, undefined, '2026-03-06', measures));
    const settled = put(opened, [settling(openOccurrence(opened)!, '2026-03-09')]);
    assert.equal(openOccurrence(settled), null);
    const again = continued(matter!, settled, measures);
    assert.deepEqual([again.since, again.due], ['2026-03-09', '2026-03-11']);
    assert.deepEqual(
      decideOpen(again, settled, '2026-03-12', measures).map(({ fact }) => `${fact.change} ${fact.since}`),
      ['opened 2026-03-09', 'warned 2026-03-09', 'overdue 2026-03-09'],
    );
  });

  it('was settled on the day of the step that settled it', () => {
    const given = { ...requestOf('ready').life, consent: { state: 'given', event: eventOn('2026-03-06'), basis: 'form' } } as const;
    const life = { ...given, utilities: [utilityOf('gas', { state: 'accepted', attempt: 1, time: noon('2026-03-10') })] };
    const request = requestOf('ready', { life });
    const taken = (step: string, utility: Utility | null = null, steps: Step<TransferStep>[] = []): string | null =>
      transferStepTaken({ step, utility }, request, steps);
    assert.deepEqual(
      [taken('consent'), taken('answer', 'gas'), taken('answer', 'water'), taken('review')],
      ['2026-03-06', '2026-03-10', null, null],
    );
    assert.equal(taken('review', null, [stepOf('account-chosen', '2026-03-08', 'electricity')]), '2026-03-08');
  });
});
