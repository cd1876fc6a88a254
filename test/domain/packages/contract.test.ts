// Compiling package contracts: what cannot be judged is told before anything is.
import assert from 'node:assert/strict';
import { HubError } from '../../../services/domain/errors.ts';
import { compilePackages } from '../../../services/domain/packages/contract.ts';
import type { PackageContract, RuleContract } from '../../../services/domain/packages/contract.ts';

const title = { zh: '模拟', en: 'simulated' };
const rule = (id: string, holds: string): RuleContract => ({ id, version: 1, text: title, holds, otherwise: 'mismatch' });
const contract = (changes: Partial<PackageContract> = {}): PackageContract => ({
  id: 'try',
  version: 3,
  title,
  legalBasis: 'none',
  for: 'project',
  when: 'true',
  items: [{ id: 'licence', title, oneOf: [{ evidence: 'licence', rules: ['good'] }] }],
  ...changes,
});
const good = rule('good', 'fact.status == "active"');
const invalid =
  (...words: string[]) =>
  (error: unknown): boolean =>
    error instanceof HubError &&
    error.code === 'CONTRACT_INVALID' &&
    words.every((word) => error.message.includes(word)) &&
    !error.message.includes('\n');

describe('a package contract', () => {
  it('keeps what it states, ready to judge', () => {
    const [type] = compilePackages([contract({ when: 'subject.kind == "person"' })], [good]);
    assert.deepEqual([type!.id, type!.version, type!.target], ['try', 3, 'project']);
    assert.equal(type!.applies({ subject: { kind: 'person' } }), true);
    assert.equal(type!.applies({ subject: { kind: 'organisation' } }), false);
    const [item] = type!.items;
    assert.equal(item!.required({}), true);
    assert.equal(item!.oneOf[0]!.rules[0]!.holds({ fact: { status: 'active' } }), true);
    assert.equal(item!.oneOf[0]!.rules[0]!.holds({ fact: { status: 'revoked' } }), false);
  });

  it('needs an item only when it says so', () => {
    const items = [{ id: 'approval', title, requiredWhen: 'governed && use != "land"', oneOf: [] }];
    const [type] = compilePackages([contract({ items })], []);
    assert.deepEqual(
      [true, false].map((governed) => type!.items[0]!.required({ governed, use: 'office' })),
      [true, false],
    );
  });

  it('is refused with an expression that is none, naming where it stands', () => {
    assert.throws(() => compilePackages([contract({ when: 'subject.kind ==' })], [good]), invalid('package try'));
    assert.throws(() => compilePackages([contract()], [rule('good', 'fact.status = "active"')]), invalid('rule good'));
    assert.throws(
      () => compilePackages([contract({ items: [{ id: 'x', title, requiredWhen: '(', oneOf: [] }] })], [good]),
      invalid('package try', 'item x'),
    );
  });

  it('is refused when it names a rule that is not there', () => {
    assert.throws(() => compilePackages([contract()], [rule('other', 'true')]), invalid('package try', 'licence', 'good'));
  });

  it('has functions for parties and amounts', () => {
    const rules = [rule('mine', 'fact.holders.exists(h, isSubject(h, subject))'), rule('paid', 'amount(fact.arrears) <= 0.0')];
    const items = [{ id: 'x', title, oneOf: [{ evidence: 'x', rules: ['mine', 'paid'] }] }];
    const [mine, paid] = compilePackages([contract({ items })], rules)[0]!.items[0]!.oneOf[0]!.rules;
    const subject = { kind: 'person', id: 'p-1', names: [] };
    assert.equal(mine!.holds({ fact: { holders: [{ id: 'p-2' }, { id: 'p-1' }] }, subject }), true);
    assert.equal(mine!.holds({ fact: { holders: [] }, subject }), false);
    for (const [arrears, holds] of [
      ['0.00', true],
      ['-3', true],
      ['0.01', false],
      [null, true],
      ['326.50', false],
    ] as const)
      assert.equal(paid!.holds({ fact: { arrears } }), holds, String(arrears));
  });
});

describe('a party is the subject', () => {
  const subject = { kind: 'organisation', id: '91', names: ['模拟(测试)有限公司', '模拟旧名有限公司'] } as const;
  const cases: [what: string, party: { id: string } | null, is: boolean][] = [
    ['under its code', { id: '91' }, true],
    ['under its name, where no code stands', { id: 'name:模拟(测试)有限公司' }, true],
    ['under a former name', { id: 'name:模拟旧名有限公司' }, true],
    ['not under another code', { id: '92' }, false],
    ['not under another name', { id: 'name:别的公司' }, false],
    ['not when there is none', null, false],
  ];
  const items = [{ id: 'x', title, oneOf: [{ evidence: 'x', rules: ['mine'] }] }];
  const [mine] = compilePackages([contract({ items })], [rule('mine', 'isSubject(fact.builder, subject)')])[0]!.items[0]!.oneOf[0]!.rules;
  for (const [what, party, is] of cases) it(what, () => assert.equal(mine!.holds({ fact: { builder: party }, subject }), is));
});
