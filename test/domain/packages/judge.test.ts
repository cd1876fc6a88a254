// Judging: each status, the best of several alternatives, notices, dates to the day, and contradictions.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePackages } from '../../../services/domain/packages/contract.ts';
import { kinOutcome, kinRules } from '../../../services/domain/packages/kin.ts';
import { builtInRules } from '../../../services/domain/packages/built-in-rules.ts';
import { judge, judgeAgainOn, packageIdParts, statuses } from '../../../services/domain/packages/judge.ts';
import { dayAfter } from '../../../services/domain/time.ts';
import type { Kin } from '../../../services/domain/packages/kin.ts';
import type { Dossier, Evidence, Item, Package } from '../../../services/domain/packages/judge.ts';

const title = { zh: '模拟', en: 'simulated' };
const rules = [
  { id: 'in-force', version: 2, text: title, holds: 'fact.inForce', otherwise: 'lapsed' },
  { id: 'of-the-subject', version: 1, text: title, holds: 'fact.holder == subject.id', otherwise: 'mismatch' },
  { id: 'unburdened', version: 1, text: title, holds: '!fact.burdened', otherwise: 'notice' },
] as const;
const all = ['in-force', 'of-the-subject', 'unburdened'];
const [type] = compilePackages(
  [
    {
      id: 'try',
      version: 4,
      title,
      legalBasis: 'none',
      for: 'project',
      when: 'wanted',
      items: [
        {
          id: 'premises',
          title,
          oneOf: [
            { evidence: 'title', rules: all },
            { evidence: 'permit', rules: all },
          ],
        },
        { id: 'list', title, requiredWhen: 'listed', oneOf: [] },
        { id: 'extra', title, requiredWhen: 'false', oneOf: [{ evidence: 'extra', rules: all }] },
      ],
    },
  ],
  rules,
);

const evidence = (event: string, changes: Partial<Evidence> & { fact?: object } = {}): Evidence => ({
  event,
  time: 1_700_000_000_000,
  validUntil: null,
  conflicts: [],
  value: event,
  ...changes,
  fact: { inForce: true, holder: 's', burdened: false, ...changes.fact },
});
const date = '2027-03-04';

function judged(found: Record<string, Evidence[]>, known: Record<string, unknown> = {}, on = date): Package {
  const dossier: Dossier = {
    subject: { kind: 'person', id: 's', names: [] },
    premises: 'here',
    evidence: found,
    known: { wanted: true, listed: false, ...known },
  };
  return judge(type!, dossier, on)!;
}
const first = (pack: Package): Package['items'][number] => pack.items[0]!;

describe('judging a package', () => {
  const lapsed = evidence('e', { fact: { inForce: false } });
  const foreign = evidence('e', { fact: { holder: 'another' } });
  const table: [what: string, found: Evidence[], status: string, rule: string][] = [
    ['good evidence', [evidence('e')], 'verified', 'of-the-subject@1'],
    ['no evidence', [], 'missing', 'stated-by-a-registry@1'],
    ['evidence that is no longer in force', [lapsed], 'lapsed', 'in-force@2'],
    ['evidence of somebody else', [foreign], 'mismatch', 'of-the-subject@1'],
    ['both at once: the first rule that fails', [evidence('e', { fact: { inForce: false, holder: 'another' } })], 'lapsed', 'in-force@2'],
    [
      'evidence whose source contradicts itself',
      [evidence('e', { conflicts: ['e', 'f'] })],
      'mismatch',
      'no-contradiction-at-the-source@1',
    ],
    ['a burden, which is only a notice', [evidence('e', { fact: { burdened: true } })], 'verified', 'of-the-subject@1'],
    ['evidence that ended yesterday', [evidence('e', { validUntil: '2027-03-03' })], 'lapsed', 'within-validity@1'],
    ['evidence that ends today', [evidence('e', { validUntil: date })], 'verified', 'of-the-subject@1'],
  ];
  for (const [what, found, status, rule] of table) {
    it(`finds ${status} on ${what}`, () => {
      const pack = judged({ title: found });
      const item = first(pack);
      assert.deepEqual([item.status, `${item.rule.id}@${item.rule.version}`, pack.status], [status, rule, status]);
      assert.equal(item.event, found[0]?.event ?? null);
      assert.equal(item.evidence, found.length > 0 ? 'title' : null);
    });
  }

  it('tells notices beside the status', () => {
    assert.deepEqual(first(judged({ title: [evidence('e', { fact: { burdened: true } })] })).notices, [{ id: 'unburdened', version: 1 }]);
  });

  it('takes the best of its alternatives, whatever order they are found in', () => {
    const ways: [found: Record<string, Evidence[]>, event: string][] = [
      [{ title: [lapsed], permit: [evidence('good')] }, 'good'],
      [{ title: [evidence('good')], permit: [foreign] }, 'good'],
      [{ title: [evidence('lapsed', { fact: { inForce: false } })], permit: [evidence('foreign', { fact: { holder: 'x' } })] }, 'foreign'],
      [{ title: [evidence('old'), evidence('new', { time: 1_800_000_000_000 })] }, 'new'],
      [{ title: [evidence('a'), evidence('b')] }, 'b'],
    ];
    for (const [found, event] of ways) {
      const backwards = Object.fromEntries(
        Object.entries(found)
          .reverse()
          .map(([name, list]) => [name, [...list].reverse()]),
      );
      assert.equal(first(judged(found)).event, event);
      assert.deepEqual(judged(backwards), judged(found));
    }
  });

  it('asks the customer for what no registry holds, only when it is needed', () => {
    assert.equal(judged({ title: [evidence('e')] }, { listed: true }).status, 'customer-supplied');
    const pack = judged({ title: [evidence('e')] });
    assert.deepEqual([pack.status, pack.items[1]!.required, pack.items[1]!.status], ['verified', false, 'customer-supplied']);
  });

  it('is as good as its worst needed item, and not worse for what is not needed', () => {
    assert.equal(judged({ title: [evidence('e')], extra: [lapsed] }).status, 'verified');
    assert.equal(judged({ title: [lapsed] }, { listed: true }).status, 'lapsed');
    assert.equal(judged({}, { listed: true }).status, 'missing');
    assert.deepEqual([...statuses], ['verified', 'customer-supplied', 'missing', 'mismatch', 'lapsed']);
  });

  it('makes no package where the facts do not call for one', () => {
    const dossier: Dossier = { subject: { kind: 'person', id: 's', names: [] }, premises: 'here', evidence: {}, known: { wanted: false } };
    assert.equal(judge(type!, dossier, date), null);
  });

  it('names type, version, subject and premises, and parts them again whatever they hold', () => {
    const pack = judged({});
    assert.deepEqual(
      [pack.id, pack.type, pack.contractVersion, pack.subject, pack.premises],
      ['try~s~here', 'try', 4, { kind: 'person', id: 's' }, 'here'],
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (subject, premises) => {
        const dossier: Dossier = {
          subject: { kind: 'person', id: subject, names: [] },
          premises,
          evidence: {},
          known: { wanted: true, listed: false },
        };
        assert.deepEqual(packageIdParts(judge(type!, dossier, date)!.id), ['try', subject, premises]);
      }),
    );
  });
});

describe('evidence that names kin of the applicant', () => {
  const kinTo = (kin: Kin['kin'], clear = true): Kin => ({
    ...{ kin, clear, id: 'k', events: ['e9'], subject: { kind: 'organisation', id: 'k', names: [] } },
  });
  /** A title of the one kin to the applicant, judged for the applicant. */
  function premises(kin: Kin[], fact: object, slot = 'title'): Item {
    const dossier: Dossier = {
      subject: { kind: 'organisation', id: 's', names: [] },
      premises: 'here',
      evidence: { [slot]: [evidence('e', { fact: { holder: 'k', ...fact } })] },
      kin,
      known: { wanted: true, listed: false },
    };
    return judge(type!, dossier, date)!.items[0]!;
  }
  const said = ({ status, rule, notices }: Item): unknown[] => [status, rule.id, ...notices.map(({ id }) => id)];

  it('is a mismatch of its own kind among branch and parent', () => {
    assert.deepEqual(said(premises([kinTo('parent')], {})), ['mismatch', 'parent-authorises']);
    assert.deepEqual(said(premises([kinTo('branch')], {})), ['mismatch', 'branch-confirms']);
    assert.deepEqual(premises([kinTo('parent')], {}).related, [{ events: ['e9'], id: 'k', kin: 'parent' }]);
  });

  it('goes with the company in a merger, with a notice, but for what the law wants registered', () => {
    assert.deepEqual(said(premises([kinTo('predecessor')], {})), ['verified', 'in-force', 'claims-pass-on']);
    assert.deepEqual(kinOutcome({ kin: 'predecessor', clear: true }, 'property').rule.id, 'right-registered-anew');
    assert.deepEqual(said(premises([kinTo('predecessor', false)], {})), ['mismatch', 'succession-clear']);
  });

  it('is judged by every other rule as before', () => {
    assert.deepEqual(said(premises([kinTo('predecessor')], { inForce: false })), ['lapsed', 'in-force']);
    assert.deepEqual(said(premises([kinTo('parent')], { holder: 'stranger' })), ['mismatch', 'of-the-subject']);
    assert.equal(premises([], { holder: 's' }).related, undefined);
    assert.equal(premises([kinTo('parent')], { holder: 's' }).related, undefined);
  });

  it('has a text in both languages for every rule of kin', () => {
    for (const { id } of Object.values(kinRules)) assert.ok(builtInRules[id]!.zh !== '' && builtInRules[id]!.en !== '', id);
  });
});

describe('the day to judge again', () => {
  const on = (...ends: (string | null)[]): string | null =>
    judgeAgainOn(
      judged({ title: [evidence('e', { validUntil: ends[0] ?? null })], extra: [evidence('f', { validUntil: ends[1] ?? null })] }),
      date,
      dayAfter,
    );

  it('is the day after the first end to come', () => {
    assert.equal(on('2027-03-04'), '2027-03-05');
    assert.equal(on('2028-02-28', '2027-12-31'), '2028-01-01');
    assert.equal(on('2027-02-28', '2027-12-31'), '2028-01-01');
  });

  it('is never when nothing ends, all has ended, or the end is what registries write for none', () => {
    assert.equal(on(null), null);
    assert.equal(on('2027-03-03'), null);
    assert.equal(on('9999-12-31'), null);
  });

  it('is always later than the day of judging', () => {
    const end = fc
      .date({ min: new Date('2026-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
      .map((day) => day.toISOString().slice(0, 10));
    fc.assert(fc.property(end, end, (a, b) => assert.ok((on(a, b) ?? '9') > date)));
  });
});
