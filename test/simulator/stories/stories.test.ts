// What single stories say, as far as packages and transfer requests will turn on it.
import assert from 'node:assert/strict';
import { addressTokens } from '../../../services/domain/address.ts';
import { checkCitizenId } from '../../../services/domain/identifiers/citizen-id.ts';
import { normaliseName } from '../../../services/domain/names.ts';
import { createCast } from '../../../services/simulator/cast.ts';
import { stories } from '../../../services/simulator/story-table.ts';
import type { Fields } from '../../../services/simulator/registers.ts';

function tell(name: string, source: string): Fields[] {
  const story = stories.find((each) => each.name === name);
  assert.ok(story, name);
  return story
    .tell(createCast(1, 7, false))
    .filter((each) => each.source === source)
    .map(({ record }) => record);
}
const last = (name: string, source: string): Fields => tell(name, source).at(-1)!;
const said = (name: string, source: string, field: string): unknown[] => tell(name, source).map((record) => record[field]);

describe('stories of companies that build', () => {
  it('join land, project and permits by company, project code and unit', () => {
    const [land, works] = tell('build-complete', 'planning-permit');
    const [project, title, licence] = [
      last('build-complete', 'project-approval'),
      last('build-complete', 'property-right'),
      last('build-complete', 'business-licence'),
    ];
    assert.deepEqual([land!['xmdm'], works!['xmdm']], [project['deal_code'], project['deal_code']]);
    assert.deepEqual([works!['bdcdyh'], project['BDCDYH']], [title['BDCDYH'], title['BDCDYH']]);
    assert.deepEqual([works!['buildunitcode'], project['project_dept_code']], [licence['UNISCID'], licence['UNISCID']]);
  });

  it('have permits in a name that was the company’s when they were issued', () => {
    const works = last('build-permit-in-former-name', 'planning-permit');
    const [before, after] = said('build-permit-in-former-name', 'business-licence', 'ENTNAME');
    assert.deepEqual([works['buildunit'], works['buildunitcode']], [before, '']);
    assert.notEqual(after, before);
  });

  it('have permits of another builder, permits that ran out, and none', () => {
    const works = last('build-permit-of-another-builder', 'planning-permit');
    const [own, other] = said('build-permit-of-another-builder', 'business-licence', 'UNISCID');
    assert.notEqual(own, other);
    assert.equal(works['buildunitcode'], other);
    const expired = last('build-permit-expired', 'planning-permit');
    assert.ok(expired['status'] === '1' && String(expired['yxqz']) < '2026-07-01');
    assert.deepEqual(said('build-no-permit', 'planning-permit', 'zzlx'), ['建设用地规划许可证']);
  });

  it('lose their licence, for good or not', () => {
    assert.deepEqual(said('build-licence-revoked', 'business-licence', 'REGSTATE'), ['1', '2']);
    assert.deepEqual(said('build-licence-restored', 'business-licence', 'REGSTATE'), ['1', '5', '1']);
    assert.equal(last('build-project-lapsed', 'project-approval')['STATE'], '2');
  });
});

describe('stories of premises', () => {
  it('seize and release', () => {
    assert.deepEqual(said('shop-seized-then-released', 'property-right', 'SFCF'), ['0', '1', '0']);
    assert.deepEqual(said('shop-seized', 'property-right', 'SFCF'), ['0', '1']);
  });

  it('have holders of every kind', () => {
    const holder = (name: string): Fields => (last(name, 'property-right')['QLRLB'] as Fields[])[0]!;
    assert.equal((last('home-of-two', 'property-right')['QLRLB'] as Fields[]).length, 2);
    assert.ok(checkCitizenId(String(holder('home-of-one')['QLRZJH'])).valid);
    assert.deepEqual(
      checkCitizenId(String(holder('home-bad-citizen-number')['QLRZJH'])).warnings.map(({ code }) => code),
      ['check-digit'],
    );
    assert.equal(holder('home-passport')['QLRZJZL'], '414');
    assert.equal(last('parking-space', 'property-right')['YT'], '车位');
  });

  it('leave the account in the old name until it is renamed', () => {
    assert.notEqual(
      normaliseName(String(last('rename-open', 'meter-account')['hzmc'])),
      normaliseName(String(last('rename-open', 'business-licence')['ENTNAME'])),
    );
    assert.equal(last('rename-done', 'meter-account')['hzmc'], last('rename-done', 'business-licence')['ENTNAME']);
    assert.equal(last('rename-by-name-alone', 'meter-account')['hzzjh'], '');
  });
});

describe('stories of companies that are not alone', () => {
  it('have a branch name its parent, on whose land it builds', () => {
    const [parent, branch] = tell('branch-on-parents-land', 'business-licence');
    assert.deepEqual([branch!['SUPUNISCID'], parent!['SUPUNISCID']], [parent!['UNISCID'], '']);
    assert.ok(String(branch!['ENTNAME']).startsWith(String(parent!['ENTNAME'])));
    const [holder] = last('branch-on-parents-land', 'property-right')['QLRLB'] as Fields[];
    assert.equal(holder!['QLRZJH'], parent!['UNISCID']);
    assert.equal(last('branch-on-parents-land', 'project-approval')['project_dept_code'], branch!['UNISCID']);
  });

  it('have a company struck off that names who goes on for it', () => {
    for (const name of ['merger-owner-absorbed', 'merger-builder-absorbed']) {
      const [first, heir, struckOff] = tell(name, 'business-licence');
      assert.equal(struckOff!['UNISCID'], first!['UNISCID']);
      assert.deepEqual([struckOff!['REGSTATE'], struckOff!['SUCUNISCID']], ['4', heir!['UNISCID']]);
    }
    const holdersOf = (name: string): unknown[] => tell(name, 'property-right').map(({ QLRLB }) => (QLRLB as Fields[])[0]!['QLRZJH']);
    assert.equal(new Set(holdersOf('merger-owner-absorbed')).size, 1);
    assert.equal(new Set(holdersOf('merger-builder-absorbed')).size, 2);
  });
});

describe('stories of sales', () => {
  const sold = (name: string): Fields => tell(name, 'house-transfer').find(({ hj }) => hj === '登簿')!;

  it('name the account by number, by unit code alone, or by address and name alone', () => {
    assert.equal(sold('sale-ready')['consno'], last('sale-ready', 'meter-account')['consno']);
    assert.equal(sold('sale-found-by-unit-code')['consno'], '');
    assert.equal(sold('sale-found-by-unit-code')['bdcdyh'], last('sale-found-by-unit-code', 'meter-account')['bdcdyh']);
    const [found, account] = [sold('sale-found-by-address'), last('sale-found-by-address', 'meter-account')];
    assert.deepEqual([found['consno'], account['bdcdyh'], account['hzzjh']], ['', '', '']);
    assert.deepEqual(addressTokens(String(found['zl'])), addressTokens(String(account['yddz'])));
    assert.equal((found['ywrlb'] as Fields[])[0]!['ywrmc'], account['hzmc']);
    assert.deepEqual(tell('sale-without-account', 'meter-account'), []);
  });

  it('leave two accounts to choose from where the address does not tell', () => {
    const tokens = said('sale-ambiguous-address', 'meter-account', 'yddz').map((address) => addressTokens(String(address)).at(-1));
    assert.deepEqual(tokens, [tokens[0], tokens[0]]);
    assert.equal(addressTokens(String(sold('sale-ambiguous-address')['zl'])).at(-1), tokens[0]);
    const [one, two] = said('sale-vague-address', 'meter-account', 'yddz').map((address) => addressTokens(String(address)));
    assert.deepEqual([one![1], one![2] === two![2]], [two![1], false]);
  });

  it('go through every state', () => {
    assert.deepEqual(said('sale-ready', 'house-transfer', 'hj'), ['受理', '登簿', '发证']);
    assert.deepEqual(said('sale-accepted-only', 'house-transfer', 'zt'), ['受理']);
    assert.deepEqual(said('sale-withdrawn', 'house-transfer', 'zt'), ['受理', '撤回']);
    assert.deepEqual(said('sale-rescinded', 'house-transfer', 'zt').at(-1), '撤销');
    assert.deepEqual(said('sale-rescission-reversed', 'house-transfer', 'zt').slice(-2), ['撤销', '登簿']);
    assert.deepEqual(said('sale-consent-withdrawn', 'house-transfer', 'sfty').at(-1), '0');
    assert.deepEqual(said('sale-consent-missing', 'house-transfer', 'sfty'), ['', '', '']);
    assert.deepEqual(said('sale-arrears-paid', 'meter-account', 'qfje'), ['0.00', '326.50', '0.00']);
    assert.equal(new Set(said('sale-sold-twice', 'house-transfer', 'slbh')).size, 2);
  });

  it('show the buyers in the property register once entered, and not before', () => {
    const holders = (name: string): unknown[] =>
      tell(name, 'property-right').map(({ DJLX, QLRLB }) => [DJLX, (QLRLB as Fields[]).map(({ QLR }) => QLR)]);
    const names = (name: string): unknown[] => (sold(name)['qlrlb'] as Fields[]).map(({ qlrmc }) => qlrmc);
    assert.deepEqual(holders('sale-two-buyers').at(-1), ['200', names('sale-two-buyers')]);
    assert.equal(names('sale-two-buyers').length, 2);
    assert.deepEqual(holders('sale-to-company').at(-1), ['200', [last('sale-to-company', 'business-licence')['ENTNAME']]]);
    assert.equal(holders('sale-withdrawn').length, 1);
    assert.equal(last('sale-ready', 'property-right')['BDCQZH'], sold('sale-ready')['bdcqzh']);
    assert.equal(last('sale-sold-twice', 'property-right')['BDCQZH'], tell('sale-sold-twice', 'house-transfer').at(-1)!['bdcqzh']);
  });
});
