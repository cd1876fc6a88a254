// The durability gate: what a hub refuses to start on, and what it tells its operator.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { HubError } from '../../services/domain/errors.ts';
import { tellWeak } from '../../services/drivers/kafka/topics.ts';
import { backupHub } from '../../services/hub/backup.ts';
import { inspect, passGate } from '../../services/hub/gate.ts';
import { projectorPorts } from '../../services/hub/rebuild.ts';
import { restoreHub } from '../../services/hub/restore.ts';
import { settle } from '../../services/hub/settle.ts';
import { project } from '../../services/projector/projector.ts';
import { createClock } from '../support/clock.ts';
import { inHub, run, runOne } from '../support/command.ts';
import { smallEvents } from '../support/events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { ErrorCode } from '../../services/domain/errors.ts';
import type { Hub } from '../../services/hub/open-hub.ts';
import type { HubStatus, StorageStatus } from '../../services/hub/summary.ts';

const coded = (code: ErrorCode) => (error: unknown) => error instanceof HubError && error.code === code;

async function add(hub: Hub, from: number, to: number): Promise<void> {
  await hub.log.publish(smallEvents(to - from, from));
  await settle(hub);
}

describe('the durability gate', function () {
  this.timeout(30_000);
  afterEach(() => void spawnSync('umount', [folder('disk')], { stdio: 'ignore' }));
  const folder = useTempFolder();

  async function onDisk(context: Mocha.Context, mebibytes: number): Promise<void> {
    mkdirSync(folder('disk'));
    const mounted = process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder('disk')]);
    if (!mounted || mounted.status !== 0) {
      context.test!.title += ' (skipped: needs the right to mount a tmpfs)';
      context.skip();
    }
  }

  it('fault-19: warns when little disk is left, refuses when hardly any is, and lets pass again once there is', async function () {
    await onDisk(this, 200);
    await inHub(folder('disk/d'), async (hub) => {
      const told: string[] = [];
      hub.notice = (text) => void told.push(text);
      await passGate(hub);
      assert.equal(told.length, 1);
      assert.match(told[0]!, /little disk is left .*: 19\d MiB/);
      const { bavail, bsize } = statfsSync(folder('disk'));
      writeFileSync(folder('disk/ballast'), Buffer.alloc(bavail * bsize - 40 * 2 ** 20));
      await assert.rejects(passGate(hub), coded('DISK_FULL'));
      writeFileSync(folder('disk/ballast'), '');
      await passGate(hub);
    });
    const { warnings } = await runOne<HubStatus>(['status', '--data', folder('disk/d')]);
    assert.match(warnings.join(), /little disk/);
    assert.match((await run(['status', '--data', folder('disk/d')])).out.join(), /WARNING 警告 little disk/);
  });

  it('refuses a file that is not kept as durably as it must be', async () => {
    await inHub(folder('d'), async (hub) => add(hub, 0, 10));
    const log = new Database(folder('d', 'log.sqlite'));
    log.pragma('journal_mode = DELETE');
    log.close();
    await assert.rejects(
      inspect({ config: await inHub(folder('other'), async (hub) => ({ ...hub.config, dataDirectory: folder('d') })) }),
      {
        code: 'DATA_DIRECTORY',
      },
    );
  });

  it('fault-58: views older than a restored store catch up; a restored store older than its views is refused, until a replay', async () => {
    const backUp = (to: string) => inHub(folder('d'), (hub) => backupHub(hub.config, folder(to), { version: '0' }));
    await inHub(folder('d'), async (hub) => add(hub, 0, 20));
    await backUp('old');
    await inHub(folder('d'), async (hub) => add(hub, 20, 60));
    await backUp('new');
    const views = (from: string, to: string): void => {
      const db = new Database(folder(from, 'views.sqlite'), { readonly: true });
      writeFileSync(folder(to, 'views.sqlite'), db.serialize());
      db.close();
    };

    // Older views, newer store.
    await restoreHub(folder('old'), folder('behind'));
    assert.equal((await run(['replay', '--data', folder('behind')])).code, 0);
    await restoreHub(folder('new'), folder('catching-up'));
    views('behind', 'catching-up');
    await inHub(folder('catching-up'), async (hub) => {
      assert.equal((await hub.views.checkpoint()).position, 20);
      await passGate(hub);
      await settle(hub);
      assert.equal((await hub.views.checkpoint()).position, 60);
      assert.deepEqual(await hub.views.digest(), await inHub(folder('d'), (whole) => whole.views.digest()));
    });

    // Older store, newer views.
    await restoreHub(folder('old'), folder('r'));
    views('d', 'r');
    await inHub(folder('r'), async (hub) => {
      await assert.rejects(passGate(hub), coded('VIEWS_AHEAD'));
      await assert.rejects(project(projectorPorts(hub), { live: new AbortController().signal }), (error: HubError) => {
        assert.equal(error.code, 'VIEWS_AHEAD');
        assert.match(error.message, /position 60, .* ends at 20; run hub replay/);
        return true;
      });
      assert.equal((await hub.views.checkpoint()).position, 60, 'nothing was folded');
      // More than enough to hide it, were it recorded.
      await hub.log.publish(smallEvents(50, 100));
      await assert.rejects(settle(hub), coded('VIEWS_AHEAD'));
      assert.equal(await hub.store.head(), 20, 'nothing was recorded');
    });
    const started = await run(['start', '--data', folder('r')]);
    assert.equal(started.code, 1);
    assert.match(started.error.join(), /run hub replay.*VIEWS_AHEAD/);
    assert.match((await runOne<HubStatus>(['status', '--data', folder('r')])).warnings.join(), /views are ahead/);
    const { code, error } = await run(['replay', '--data', folder('r')]);
    assert.equal(code, 0, error.join());
    await inHub(folder('r'), async (hub) => {
      await passGate(hub);
      assert.deepEqual([await hub.store.head(), (await hub.views.checkpoint()).position], [70, 70]);
      await settle(hub);
    });
  });

  it('is told of Kafka topics that cannot keep what was acknowledged, where there is more than one broker', () => {
    const told = (brokers: number): object[] => {
      const notices: object[] = [];
      const topics = [
        { topic: 'one-copy', copies: 1, acknowledging: 1 },
        { topic: 'one-acknowledges', copies: 3, acknowledging: 1 },
        { topic: 'good', copies: 3, acknowledging: 2 },
      ];
      tellWeak(topics, brokers, (text, { topics }: { topics?: unknown }) => void notices.push({ weak: text.split(' ')[1], topics }));
      return notices;
    };
    assert.deepEqual(told(3), [
      { weak: 'keeps', topics: 'one-copy' },
      { weak: 'acknowledges', topics: 'one-acknowledges' },
    ]);
    assert.deepEqual(told(1), []);
  });
});

describe('hub status --storage', () => {
  const folder = useTempFolder();
  const clock = createClock();

  it('tells since when events are kept, how many bytes they take, and how fast they grow', async () => {
    const read = async (): Promise<StorageStatus> =>
      (await runOne<{ storage: StorageStatus }>(['status', '--storage', '--data', folder('d')], { now: clock.now })).storage;
    const put = (from: number, to: number): Promise<void> => inHub(folder('d'), (hub) => add(hub, from, to), clock.now);
    await put(0, 0);
    const empty = await read();
    assert.deepEqual([empty.oldest, empty.newest, empty.eventsPerDay, empty.bytesPerDay], [null, null, null, null]);
    const first = clock.now();
    await put(0, 100);
    clock.pass(20);
    await put(100, 800);
    clock.pass(2);
    const { oldest, newest, eventsPerDay, bytesPerDay, bytes, free } = await read();
    assert.equal(Date.parse(oldest!), first);
    assert.ok(Date.parse(newest!) > first);
    // 700 of the 800 came within the last seven days.
    assert.equal(eventsPerDay, 100);
    assert.equal(bytesPerDay, Math.round(bytes['store']! / 8));
    assert.deepEqual(Object.keys(bytes).sort(), ['cursors', 'keys', 'log', 'store', 'views']);
    assert.ok(free > 0);
  });
});
