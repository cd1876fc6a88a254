// How sources are doing, held against the freshness that their contracts promise.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { presentSources } from '../../services/audit/sources.ts';
import { loadContracts } from '../../services/drivers/yaml/contracts.ts';
import { root } from '../drivers/http/fixture.ts';
import type { ViewRow } from '../../services/ports/view-store.ts';
import type { SourceLocal } from '../../services/ports/views.ts';

const start = Date.UTC(2025, 0, 1);
const hour = 3_600_000;
const counts = { events: 5, quarantined: 1, received: 6, published: 5, refused: 1 };

describe('the status of sources', () => {
  const { sources } = loadContracts(join(root, 'contracts'));
  const row = (key: string, more: Partial<SourceLocal> = {}): ViewRow => {
    const local = { contract: 'x@1', ...counts, newestFact: start, lastRecorded: start, lastContact: start, cursor: 'c', ...more };
    return { view: 'source', key, tags: [], due: null, body: JSON.stringify({ source: key }), local: JSON.stringify(local) };
  };
  const states = (rows: ViewRow[], now: number): Record<string, unknown> =>
    Object.fromEntries((presentSources(sources, rows, now) as { name: string; state: string }[]).map(({ name, state }) => [name, state]));

  it('is fresh for as long after the last contact as the contract says, then stale', () => {
    const rows = [row('meter-account')];
    assert.equal(states(rows, start + hour)['meter-account'], 'fresh');
    assert.equal(states(rows, start + hour + 1)['meter-account'], 'stale');
  });

  it('takes the last recording where no contact is known', () => {
    assert.equal(states([row('meter-account', { lastContact: null })], start + hour)['meter-account'], 'fresh');
    assert.equal(states([row('meter-account', { lastContact: null, lastRecorded: null })], start)['meter-account'], 'never');
  });

  it('tells of every source with a contract and of every one without', () => {
    const never = Object.fromEntries([...sources.keys()].map((source) => [source, 'never']));
    assert.deepEqual(states([row('retired')], start), { ...never, retired: 'unknown' });
  });

  it('names contract, moments and counts', () => {
    const [found] = presentSources(new Map([...sources].slice(0, 0)), [row('retired')], start);
    assert.deepEqual(found, {
      ...{ name: 'retired', title: null, provider: null, contract: null, freshness: null, state: 'unknown', freshUntil: null },
      ...{ lastContact: '2025-01-01T00:00:00.000Z', lastRecorded: '2025-01-01T00:00:00.000Z', newestFact: '2025-01-01T00:00:00.000Z' },
      ...{ cursor: 'c', ...counts },
    });
    const { title, ...known } = (presentSources(sources, [row('meter-account')], start) as Record<string, unknown>[]).find(
      ({ name }) => name === 'meter-account',
    )!;
    assert.deepEqual(title, { zh: '用电户', en: 'Meter account' });
    assert.deepEqual([known['contract'], known['freshness'], known['freshUntil']], ['meter-account@2', 'PT1H', '2025-01-01T01:00:00.000Z']);
  });
});
