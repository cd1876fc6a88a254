// Poison in the store of a running hub, and refused records sent again over HTTP: others go on, and what is mended heals.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { streamOf } from '../../services/domain/events.ts';
import { makeUscc } from '../../services/domain/identifiers/make.ts';
import { readConfig } from '../../services/config/config.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { startServices } from '../../services/hub/start.ts';
import { developmentToken } from '../../services/hub/token.ts';
import { poisonAfter } from '../support/poison.ts';
import { until } from '../support/processes.ts';
import { pseudonymKey } from '../support/project.ts';
import { eventsTold } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { factory } from '../support/told.ts';
import { run, runJson, runOne } from '../support/command.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { Hub } from '../../services/hub/open-hub.ts';
import type { ServiceName } from '../../services/hub/services.ts';

interface Running {
  hub: Hub;
  get(path: string): Promise<{ status: number; text: string }>;
  audit(path: string, scope: string, body?: object): Promise<{ status: number; json: Record<string, unknown> }>;
}

interface RunOptions {
  services: readonly ServiceName[];
  /** Changes the hub before it runs. */
  as?: (hub: Hub) => void;
}

/** Runs services on a data directory while `use` lasts. */
async function running(data: string, { services, as }: RunOptions, use: (running: Running) => Promise<void>): Promise<void> {
  const config = readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'), HUB_PORT: '0' }, { data });
  const hub = await openHub(config);
  as?.(hub);
  const stop = new AbortController();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  try {
    const { url, stopped } = await startServices(hub, services, null, silent, stop.signal);
    const get = async (path: string): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, text: await response.text() };
    };
    try {
      await use({
        hub,
        get,
        async audit(path, scope, body) {
          const Authorization = `Bearer ${await developmentToken(config, [scope], 'developer', 600)}`;
          const Purpose = scope === 'quarantine:write' ? 'correction' : 'audit';
          const headers = { Authorization, Purpose, ...(body && { 'Content-Type': 'application/json' }) };
          const sent = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
          const response = await fetch(`${url}/audit/v1${path}`, sent);
          return { status: response.status, json: (await response.json()) as Record<string, unknown> };
        },
      });
    } finally {
      stop.abort();
      await stopped;
    }
  } finally {
    await hub.close();
  }
}

const listed = ({ json }: { json: Record<string, unknown> }): Record<string, unknown>[] => json['items'] as Record<string, unknown>[];

describe('poison in a running hub', function () {
  this.timeout(120_000);
  const folder = useTempFolder();

  it('fault-48 fault-54 parks its own streams, is told everywhere, and heals by replay once the schema is there', async () => {
    const [first, second] = [factory(1), factory(2)];
    const [licence, ...others] = await eventsTold(first.told);
    const others2 = await eventsTold(second.told);
    const permit = others.find(({ type }) => type.startsWith('planning-permit.'))!;
    const cut = poisonAfter(permit, 'an end in the middle');
    const unread = Buffer.from(licence!.data).toString('base64');
    // A hub that is older than the schema of one event.
    const older = (hub: Hub): void => {
      const { schemaOf } = hub.codec;
      hub.codec = {
        ...hub.codec,
        schemaOf(data) {
          if (Buffer.from(data).toString('base64') === unread) throw new Error('an event names a schema that schemas/ does not hold');
          return schemaOf(data);
        },
      };
    };
    await running(folder('d'), { services: ['recorder', 'projector', 'audit'], as: older }, async ({ hub, get, audit }) => {
      await until('ready', async () => (await get('/health/ready')).status === 200);
      await hub.store.append([licence!, ...others, cut, ...others2]);
      await until('folded', async () => (await hub.views.checkpoint()).position === (await hub.store.head()));
      assert.match((await get('/metrics')).text, /^hub_parked_streams 2$/m);
      assert.equal((await get('/health/ready')).status, 200);
      const statusOf = async (id: string): Promise<string> => (JSON.parse((await hub.views.get('package', id))!.body) as Package).status;
      assert.deepEqual([await statusOf(first.id), await statusOf(second.id)], ['missing', 'verified']);
      const told = listed(await audit('/parked', 'audit:read')).map(({ stream, reason, event, events }) => [stream, reason, event, events]);
      const expected = [
        [streamOf(licence!), 'undecodable', licence!.id, 1],
        [streamOf(cut), 'undecodable', cut.id, 1],
      ];
      assert.deepEqual(told, expected.sort());
      assert.equal(listed(await audit('/events', 'audit:read')).length, 9);
    });
    const parked = (): Promise<{ stream: string }[]> => runJson(['parked', 'list', '--data', folder('d')]);
    assert.equal((await parked()).length, 2);
    const shown = await runOne<object>(['parked', 'show', streamOf(licence!), '--data', folder('d')]);
    assert.deepEqual(
      { ...shown, firstSeen: '', lastSeen: '' },
      {
        ...{ stream: streamOf(licence!), reason: 'undecodable', event: licence!.id, position: 1, lastPosition: 1, events: 1 },
        ...{ firstSeen: '', lastSeen: '', schema: 'business-licence.v1', readable: true },
      },
    );
    assert.equal((await run(['events', '--data', folder('d')])).code, 0);
    // Replay by a hub that has the schema; the event that was cut stays as it is. The parked event is in the views now: they differ.
    assert.equal((await run(['replay', '--data', folder('d')])).code, 1);
    assert.deepEqual(
      (await parked()).map(({ stream }) => stream),
      [streamOf(cut)],
    );
    assert.equal((await run(['parked', 'show', streamOf(licence!), '--data', folder('d')])).code, 2);
    for (const id of [first.id, second.id])
      assert.equal((await runOne<Package>(['packages', 'show', id, '--data', folder('d')])).status, 'verified');
  });

  it('fault-54 leaves a refused record to be corrected over HTTP, once, while services run', async () => {
    const uscc = makeUscc('110108', 'XX000077');
    const wrong = uscc.slice(0, 17) + (uscc.endsWith('0') ? '1' : '0');
    const header = 'uscc,name,reg_date,type,capital_raw,business_scope,address';
    writeFileSync(folder('bad.csv'), `${header}\n${wrong},模拟77号（测试）有限公司,2024-05-06,有限责任公司,100万元,模拟经营,模拟路77号\n`);
    assert.equal((await run(['import', 'business-licence', folder('bad.csv'), '--data', folder('d')])).code, 0);
    await running(folder('d'), { services: ['adapters', 'recorder', 'projector', 'audit'] }, async ({ hub, audit, get }) => {
      await until('ready', async () => (await get('/health/ready')).status === 200);
      const [refused] = listed(await audit('/quarantine', 'quarantine:write'));
      const { id, reason, field, place, state } = refused as Record<string, string>;
      assert.deepEqual([reason, field, place, state], ['check-digit', 'uscc', 'bad.csv:2', 'quarantined']);
      const redrive = (corrections: object) => audit(`/quarantine/${id}/redrive`, 'quarantine:write', { corrections });
      const again = await redrive({ name: '模拟78号（测试）有限公司' });
      assert.deepEqual([again.status, again.json['reason'], again.json['field']], [422, 'check-digit', 'uscc']);
      assert.equal((await redrive({ nothing: '1' })).status, 400);
      // Twice at once: one is taken, the other told so.
      const answers = await Promise.all([redrive({ uscc }), redrive({ uscc })]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
      const done = answers.find(({ status }) => status === 200)!;
      assert.equal((await hub.store.get(done.json['event'] as string))?.subject, uscc);
      const { json } = await until('shown', async () => {
        const now = await audit(`/quarantine/${id}`, 'audit:read');
        return now.json['state'] === 'redriven' && now;
      });
      assert.ok((json['lastSeen'] as string) >= (json['firstSeen'] as string));
      const redriven = listed(await audit(`/streams/quarantine/${id}`, 'audit:read')).map(({ type }) => type);
      assert.deepEqual(redriven, ['hub.quarantine.quarantined.v1', 'hub.quarantine.redriven.v1']);
      assert.equal((await redrive({ uscc })).status, 400);
      assert.match((await get('/metrics')).text, /^hub_parked_streams 0$/m);
    });
  });

  it('sends nothing again from a process that has no right to publish', async () => {
    await running(folder('d'), { services: ['recorder', 'audit'] }, async ({ audit }) => {
      const { status, json } = await audit('/quarantine/q-1/redrive', 'quarantine:write', { corrections: {} });
      assert.deepEqual([status, json['code']], [503, 'REDRIVE_ELSEWHERE']);
    });
  });
});
