// How fresh a package is: told with each answer by the clock, and never in what its digest covers.
import assert from 'node:assert/strict';
import { freshnessOf, stalest } from '../../services/domain/freshness.ts';
import { freshnessReader } from '../../services/portal/freshness.ts';
import { packageOf, packageRow, sourceRow } from './fixture.ts';
import { servePortal, unit } from './served-portal.ts';
import { contracts } from '../support/project.ts';
import type { RowChange, ViewRow } from '../../services/ports/view-store.ts';
import type { ServedPortal } from './served-portal.ts';

const hour = 3_600_000;

describe('freshness in the portal', () => {
  let portal: ServedPortal;
  const pack = packageOf({ kind: 'organisation', id: 'name:示例有限公司' }, unit);
  const path = `/packages/${encodeURIComponent(pack.id)}`;
  const commit = (rows: readonly ViewRow[]): Promise<void> => {
    const changes: RowChange[] = rows.map((row) => ({ view: row.view, key: row.key, row, was: null }));
    return portal.views.commit({ rows: changes, feed: [], checkpoint: { position: 9, date: '2025-01-02' } });
  };
  beforeEach(async () => {
    portal = await servePortal();
  });
  afterEach(() => portal.close());

  it('degrades what is verified once its source is silent for longer than its contract allows, and mends it at the next contact', async () => {
    const contact = portal.clock.now() - 23 * hour;
    await commit([packageRow(pack), sourceRow('property-right', contact)]);
    const fresh = (await portal.ask(path)).json;
    assert.deepEqual([fresh['fresh'], fresh['staleSources'], fresh['statusTitle']], [true, [], { zh: '已核验', en: 'verified' }]);

    portal.clock.pass(1);
    const stale = (await portal.ask(path)).json;
    const notFresh = { zh: '已核验（数据未及时更新）', en: 'verified, not fresh' };
    assert.deepEqual([stale['fresh'], stale['staleSources'], stale['statusTitle']], [false, ['property-right'], notFresh]);
    const [ownership, equipment] = stale['items'] as Record<string, unknown>[];
    assert.deepEqual(ownership!['freshness'], {
      source: 'property-right',
      lastContact: new Date(contact).toISOString(),
      ageSeconds: 47 * 3600,
      within: false,
    });
    // The status stays, and so does the digest: nothing that is known has changed.
    assert.deepEqual([ownership!['status'], ownership!['statusTitle'], stale['status']], ['verified', notFresh, 'verified']);
    assert.equal(stale['digest'], fresh['digest']);
    assert.deepEqual([equipment!['freshness'], equipment!['statusTitle']], [null, { zh: '客户自传', en: 'customer-supplied' }]);

    portal.clock.pass(1);
    await commit([sourceRow('property-right', portal.clock.now())]);
    assert.equal((await portal.ask(path)).json['fresh'], true);
  });

  it('says so of every package of a list, as of the package alone', async () => {
    await commit([packageRow(pack), sourceRow('property-right', portal.clock.now() - 25 * hour)]);
    const { items } = await portal.list(`/packages?premises=${unit}`);
    assert.deepEqual(items, [(await portal.ask(path)).json]);
    assert.equal(items[0]!['fresh'], false);
  });

  it('leaves a status that is not good as it is, and says that a missing item may be missing for want of contact', async () => {
    const lapsed = packageOf({ kind: 'organisation', id: 'name:示例有限公司' }, 'u9', 'lapsed');
    const missing = packageOf({ kind: 'organisation', id: 'name:示例有限公司' }, 'u8', 'missing');
    missing.items[0]!.event = null;
    await commit([packageRow(lapsed), packageRow(missing)]);
    const ask = async (id: string) => (await portal.ask(`/packages/${encodeURIComponent(id)}`)).json;
    const told = await ask(lapsed.id);
    assert.deepEqual([told['fresh'], told['statusTitle']], [false, { zh: '失效', en: 'lapsed' }]);
    const asked = await ask(missing.id);
    assert.deepEqual((asked['items'] as Record<string, unknown>[])[0]!['freshness'], {
      source: 'property-right',
      lastContact: null,
      ageSeconds: null,
      within: false,
    });
    assert.deepEqual([asked['fresh'], asked['staleSources']], [false, ['property-right']]);
  });

  it('reads the sources once a second, however many ask', async () => {
    let [reads, now] = [0, 1_000_000];
    const list = async (): Promise<ViewRow[]> => {
      reads++;
      return [sourceRow('property-right', 0)];
    };
    const read = freshnessReader({ views: { list }, sources: contracts.sources, now: () => now });
    await Promise.all([read(), read(), read()]);
    now += 999;
    assert.equal((await read()).of('property-right').ageSeconds, 1000);
    assert.equal(reads, 1);
    now += 1;
    assert.equal((await read()).of('property-right').ageSeconds, 1001);
    assert.equal(reads, 2);
  });

  it('takes the least fresh of several sources: silent before late, late before fresh', () => {
    const contract = contracts.sources.get('meter-account');
    const at = 10 * hour;
    const [silent, late, fresh] = [null, 8 * hour, 9.5 * hour].map((contact) => freshnessOf('meter-account', contract, contact, at));
    assert.deepEqual([silent!.within, late!.within, fresh!.within], [false, false, true]);
    assert.equal(stalest([fresh!, late!, silent!]), silent);
    assert.equal(stalest([fresh!, late!]), late);
    assert.equal(stalest([]), null);
    // A clock that runs ahead of ours is no age, and a contract that is gone promises nothing.
    assert.equal(freshnessOf('meter-account', contract, at + hour, at).ageSeconds, 0);
    assert.equal(freshnessOf('gone', undefined, at, at).within, false);
  });
});
