// Promises over the portal API: recorded before it answers, once, by those who may, and only what may be promised.
import assert from 'node:assert/strict';
import { acceptanceOf } from '../../services/domain/packages/acceptance.ts';
import { commit, packageOf, packageRow } from './fixture.ts';
import { idNumber, servePortal, unit } from './served-portal.ts';
import { codec } from '../support/project.ts';
import type { Commitment } from '../../services/domain/own-facts.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { Answer } from '../drivers/http/fixture.ts';
import type { ServedPortal } from './served-portal.ts';

describe('promises over the portal API', () => {
  let portal: ServedPortal;
  let pack: Package;
  beforeEach(async () => {
    portal = await servePortal();
    const known = packageOf({ kind: 'person', id: portal.zhang }, unit, 'missing');
    const [ownership, equipment] = known.items;
    const items = [
      { ...ownership!, id: 'premises', status: 'missing' as const, event: null },
      { ...equipment!, id: 'identity' },
    ];
    pack = { ...known, items, acceptance: acceptanceOf(items, undefined, '2025-03-01') };
    await commit(portal.views, [packageRow(pack)]);
  });
  afterEach(() => portal.close());

  // Five working days from Saturday 1 March 2025.
  const wish = { items: ['premises'], deadline: '2025-03-07', basis: '容缺受理承诺书 2025-3' };
  const post = (
    body: unknown,
    { path = '', id = pack.id, ...options }: { path?: string; id?: string; scope?: string; consumer?: string } = {},
  ): Promise<Answer> =>
    portal.ask(`/packages/${encodeURIComponent(id)}/commitments${path}`, { method: 'POST', body, scope: 'packages:write', ...options });
  async function kept(): Promise<(Commitment & { id: string })[]> {
    const found = [];
    for await (const { id, data } of portal.store.readStream(`commitment-${pack.id}`))
      found.push({ ...(codec.decode(data) as Commitment), id });
    return found;
  }

  it('are in the store before it answers', async () => {
    const { status, json } = await post(wish, { consumer: 'application-portal' });
    const [promised] = await kept();
    assert.deepEqual(
      [status, json],
      [201, { package: pack.id, event: promised?.id, items: ['premises'], deadline: '2025-03-07', recorded: true }],
    );
    assert.deepEqual([promised?.change, promised?.by, promised?.basis], ['promised', 'application-portal', wish.basis]);
  });

  it('are taken once, and withdrawn once, before any view shows them', async () => {
    const { event } = (await post(wish)).json;
    const again = await post(wish);
    assert.deepEqual([again.status, again.json['event'], again.json['recorded']], [200, event, false]);
    const other = await post({ ...wish, deadline: '2025-03-06' });
    assert.deepEqual([other.status, (await kept()).length], [400, 1]);
    const withdrawal = { event, basis: '客户放弃' };
    assert.deepEqual((await post(withdrawal, { path: '/withdrawal' })).json['recorded'], true);
    assert.deepEqual((await post(withdrawal, { path: '/withdrawal' })).json['recorded'], false);
    assert.deepEqual(
      (await kept()).map(({ change }) => change),
      ['promised', 'withdrawn'],
    );
    // Nothing but its own deadline stands against the same promise anew.
    assert.equal((await post(wish)).status, 201);
  });

  const refused: [what: string, body: object, status: number][] = [
    ['an item that cannot be promised', { ...wish, items: ['identity'] }, 400],
    ['an item that there is not', { ...wish, items: ['song'] }, 400],
    ['a deadline beyond the longest term', { ...wish, deadline: '2025-03-10' }, 400],
    ['a deadline that has passed', { ...wish, deadline: '2025-02-28' }, 400],
    ['an identity number as basis', { ...wish, basis: idNumber }, 400],
    ['no items', { ...wish, items: [] }, 400],
    ['a field that the API does not know', { ...wish, by: 'me' }, 400],
  ];
  for (const [what, body, status] of refused)
    it(`are refused for ${what}, and nothing is recorded`, async () => {
      const answer = await post(body);
      assert.equal(answer.status, status, answer.text);
      assert.ok(!answer.text.includes(idNumber));
      assert.deepEqual(await kept(), []);
    });

  it('are refused for a package or promise that there is not, and for those who only read', async () => {
    assert.equal((await post(wish, { id: 'low-voltage-residential~nobody~x' })).status, 404);
    assert.equal((await post({ event: '018f0000-0000-8000-8000-000000000009', basis: 'x' }, { path: '/withdrawal' })).status, 404);
    assert.equal((await post(wish, { scope: 'packages:read' })).status, 403);
    assert.equal((await post(wish, { consumer: 'auditor' })).status, 403);
    assert.deepEqual(await kept(), []);
  });

  it('answer 503 while nothing can be recorded, and then no promise was given', async () => {
    await portal.stopRecorder();
    assert.equal((await post(wish)).status, 503);
    assert.deepEqual(await kept(), []);
  });

  it('show in the package, with what became of them', async () => {
    const promised = { deadline: '2025-03-07', event: '018f0000-0000-8000-8000-000000000007', item: 'premises', state: 'open' as const };
    const id = `${pack.id}2`;
    await commit(portal.views, [packageRow({ ...pack, id, acceptance: { promises: [promised], state: 'on-promise' } })]);
    const { status, json, text } = await portal.ask(`/packages/${encodeURIComponent(id)}`);
    assert.equal(status, 200, text);
    assert.deepEqual(json['acceptance'], {
      state: 'on-promise',
      title: { zh: '容缺受理', en: 'accepted on a promise' },
      promises: [promised],
    });
    const content = await portal.ask(`/packages/${encodeURIComponent(id)}/content`);
    assert.deepEqual([content.status, content.json['acceptance']], [200, { promises: [promised], state: 'on-promise' }]);
  });
});
