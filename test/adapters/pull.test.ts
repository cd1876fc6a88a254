// Pulling over real HTTP: everything once, a cursor that trails the store, and a platform that misbehaves.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { pullForever, pullOnce } from '../../services/adapters/pull.ts';
import { HubError } from '../../services/domain/errors.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { simulatedRequester, simulatedSecret, startSimulator } from '../../services/simulator/server.ts';
import { assertSound } from '../support/kept.ts';
import { openPipeline } from '../support/pipeline.ts';
import { contractOf } from '../support/project.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { AddressInfo } from 'node:net';
import type { Platform } from '../../services/adapters/pull.ts';
import type { SourceContract } from '../../services/domain/source-contract.ts';
import type { Pipeline } from '../support/pipeline.ts';

const now = (): number => 1_800_000_000_000;
const never = new AbortController().signal;
const simulation = createSimulation({ seed: 'pull', subjects: 110, dirty: 0.2 });
const source = 'property-right';

/** Pages small enough that there are several. */
const contract: SourceContract = { ...contractOf(source), pull: { ...contractOf(source).pull, pageSize: 20 } };

async function withSimulator<T>(faults: { failEvery?: number }, use: (platform: Platform) => Promise<T>): Promise<T> {
  const { url, close } = await startSimulator({ simulation, port: 0, now, faults });
  try {
    return await use({ url, requesterId: simulatedRequester, secret: simulatedSecret });
  } finally {
    await close();
  }
}

describe('pulling a source', function () {
  this.timeout(30_000);
  const folder = useTempFolder();
  let hub: Pipeline;
  let expected: string[];
  before(async () => {
    const events = await simulatedEvents({ seed: 'pull', subjects: 110, dirty: 0.2 });
    expected = [...new Set(events.filter((event) => event.source === source).map(({ id }) => id))].sort();
  });
  beforeEach(() => {
    hub = openPipeline(folder(), now);
  });
  afterEach(() => hub.close());

  it('brings every record once and accounts for each, and nothing when asked again', async () => {
    await withSimulator({}, async (platform) => {
      const records = [...simulation.records(source)].length;
      const first = await hub.recording(() => pullOnce(contract, platform, hub, never));
      assert.equal(first.received, records);
      assert.equal(first.published + first.quarantined, records);
      assert.deepEqual(await assertSound(hub.store), expected);
      const again = await hub.recording(() => pullOnce(contract, platform, hub, never));
      assert.equal(again.received, 0);
      assert.deepEqual(await assertSound(hub.store), expected);
    });
  });

  it('saves its cursor only when the recorder has committed every event of the page', async () => {
    await withSimulator({}, async (platform) => {
      const stop = new AbortController();
      let published = 0;
      const saved: (string | null)[] = [];
      const watched = {
        ...hub,
        log: {
          ...hub.log,
          recorded: async (place: string, signal: AbortSignal) => {
            saved.push(await hub.cursors.load(source));
            // Nobody records: the adapter must wait here, and dies here.
            stop.abort();
            await hub.log.recorded(place, signal);
          },
          publish: async (events: Parameters<typeof hub.log.publish>[0]) => ((published += events.length), hub.log.publish(events)),
        },
      };
      await assert.rejects(pullOnce(contract, platform, watched, stop.signal), { name: 'AbortError' });
      assert.ok(published > 0);
      assert.deepEqual([saved, await hub.cursors.load(source)], [[null], null]);
      // Run again, it brings the same page once more; the store keeps it once.
      await hub.recording(() => pullOnce(contract, platform, hub, never));
      assert.deepEqual(await assertSound(hub.store), expected);
      assert.notEqual(await hub.cursors.load(source), null);
    });
  });

  it('loses and doubles nothing when it dies after any page, before or after its cursor is saved', async () => {
    await withSimulator({}, async (platform) => {
      for (let deaths = 0; deaths < 12; deaths++) {
        const dying = {
          ...hub,
          cursors: {
            load: hub.cursors.load,
            save: async (name: string, cursor: string) => {
              if (deaths % 2 === 0) await hub.cursors.save(name, cursor);
              throw new Error('killed');
            },
          },
        };
        await hub.recording(() => pullOnce(contract, platform, dying, never).catch(() => undefined));
      }
      await hub.recording(() => pullOnce(contract, platform, hub, never));
      assert.deepEqual(await assertSound(hub.store), expected);
    });
  });

  it('loses nothing when the log loses its tail before it was recorded', async () => {
    await withSimulator({}, async (platform) => {
      const forgetful = {
        ...hub,
        log: { ...hub.log, publish: async () => '1000000', recorded: async () => Promise.reject(new Error('the broker lost it')) },
      };
      await assert.rejects(pullOnce(contract, platform, forgetful, never), /lost/);
      assert.equal(await hub.cursors.load(source), null);
      await hub.recording(() => pullOnce(contract, platform, hub, never));
      assert.deepEqual(await assertSound(hub.store), expected);
    });
  });

  it('tries again when the platform fails now and then', async () => {
    await withSimulator({ failEvery: 3 }, async (platform) => {
      await hub.recording(() => pullOnce(contract, platform, hub, never));
      assert.deepEqual(await assertSound(hub.store), expected);
    });
  });

  it('is refused without the right secret, and says so without telling it', async () => {
    await withSimulator({}, async (platform) => {
      await assert.rejects(pullOnce(contract, { ...platform, secret: 'guessed-secret' }, hub, never), (error) => {
        assert.ok(error instanceof HubError && error.code === 'SOURCE_PROTOCOL');
        return !error.message.includes('guessed-secret');
      });
    });
  });
});

describe('a platform that misbehaves', function () {
  this.timeout(30_000);
  const folder = useTempFolder();
  let hub: Pipeline;
  beforeEach(() => {
    hub = openPipeline(folder(), now);
  });
  afterEach(() => hub.close());

  /** Answers with each of these in turn, the last one for ever; gives how often it was asked. */
  async function withAnswers<T>(
    answers: { status?: number; body: string | Buffer; type?: string }[],
    use: (platform: Platform) => Promise<T>,
  ): Promise<{ result: T; asked: number }> {
    let asked = 0;
    const server = createServer((_, response) => {
      const { status = 200, body, type = 'application/json' } = answers[Math.min(asked++, answers.length - 1)]!;
      response.writeHead(status, { 'Content-Type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      return { result: await use({ url: `http://127.0.0.1:${port}`, requesterId: 'x', secret: 'y' }), asked };
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
  const pull = (platform: Platform, by: Pipeline = hub): ReturnType<typeof pullOnce> =>
    by.recording(() => pullOnce(contract, platform, by, never));
  const page = (records: unknown[], nextCursor = '1'): string => JSON.stringify({ code: '0', data: { records, nextCursor } });

  const wrong: [what: string, status: number, body: string][] = [
    ['a refusal', 403, '{}'],
    ['nothing found', 404, 'not found'],
    ['an envelope without data', 200, '{"code":"0"}'],
    ['data without records', 200, '{"code":0,"data":{"nextCursor":"1"}}'],
    ['records that are no list', 200, '{"code":0,"data":{"records":{},"nextCursor":"1"}}'],
    ['no next cursor', 200, '{"code":0,"data":{"records":[{}]}}'],
    ['a cursor that is no text', 200, '{"code":0,"data":{"records":[{}],"nextCursor":7}}'],
    ['data as text that is no JSON', 200, '{"code":"0","data":"{"}'],
  ];
  for (const [what, status, body] of wrong) {
    it(`is told at once when it answers with ${what}`, async () => {
      const { asked } = await withAnswers([{ status, body }], (platform) =>
        assert.rejects(pull(platform), (error) => error instanceof HubError && error.code === 'SOURCE_PROTOCOL'),
      );
      assert.equal(asked, 1);
      assert.equal(await hub.store.head(), 0);
    });
  }

  const passing: [what: string, status: number, body: string][] = [
    ['HTTP 500', 500, ''],
    ['HTTP 429', 429, ''],
    ['code -1', 200, '{"code":"-1","data":"","message":"接口调用失败"}'],
    ['no JSON', 200, '<html>'],
    ['JSON that is no object', 200, '7'],
  ];
  for (const [what, status, body] of passing) {
    it(`is asked again after ${what}`, async () => {
      const { result, asked } = await withAnswers([{ status, body }, { body: page([]) }], (platform) => pull(platform));
      assert.deepEqual([result.received, asked], [0, 2]);
    });
  }

  it('is given up after five attempts, as unavailable', async () => {
    const { asked } = await withAnswers([{ status: 500, body: '' }], (platform) =>
      assert.rejects(pull(platform), (error) => error instanceof HubError && error.code === 'SOURCE_UNAVAILABLE' && error.retry),
    );
    assert.equal(asked, 5);
  });

  it('is decoded by the charset that it states, and refused where its bytes are none of it', async () => {
    // "名" in GBK, which is no UTF-8.
    const [before, after] = page([{ ZL: '?' }], '0').split('?') as [string, string];
    const gbk = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0xfb]), Buffer.from(after)]);
    const { result } = await withAnswers([{ body: gbk, type: 'application/json;charset=GBK' }, { body: page([], '0') }], (platform) =>
      pull(platform),
    );
    assert.deepEqual([result.received, result.quarantined], [1, 1]);
    const [refused] = (await hub.store.query({ limit: 10, family: 'quarantine' })).events;
    const { persons: _, content } = hub.codec.decode(refused!.data) as { persons: string[]; content: { box: Uint8Array } };
    assert.match((await hub.keys.open(refused!.subject, content.box))!.name!, /"ZL":"名"/);
    for (const type of ['application/json', 'application/json;charset=utf-8', 'application/json;charset=x-unknown']) {
      const head = await hub.store.head();
      await withAnswers([{ body: gbk, type }], (platform) =>
        assert.rejects(pull(platform), (error) => error instanceof HubError && error.code === 'SOURCE_PROTOCOL'),
      );
      assert.equal(await hub.store.head(), head, type);
    }
  });

  it('has a record with a number that no double holds refused, with the field named and the digits kept', async () => {
    const [record] = simulation.records(source);
    const text = page([record, { ...record, QLRLB: [{ QLR: '模拟', QLRZJH: 1 }] }]).replace('"QLRZJH":1}', '"QLRZJH":110105195008152312}');
    const { result } = await withAnswers([{ body: text }, { body: page([]) }], (platform) => pull(platform));
    assert.deepEqual([result.received, result.quarantined], [2, 1]);
    const [refused] = (await hub.store.query({ limit: 10, family: 'quarantine' })).events;
    const fact = hub.codec.decode(refused!.data) as { reason: string; field: string; content: { box: Uint8Array } };
    assert.deepEqual([fact.reason, fact.field], ['unsafe-number', 'QLRLB[0].QLRZJH']);
    const kept = (await hub.keys.open(refused!.subject, fact.content.box))!.name!;
    assert.match(kept, /"QLRZJH":"110105195008152312"/);
    assert.ok(!kept.includes('JBR'), 'nothing but what the contract permits');
  });

  it('may answer with a number for a code, and with data as text', async () => {
    const [record] = simulation.records(source);
    const inner = JSON.stringify({ records: [record], nextCursor: '1' });
    const { result } = await withAnswers([{ body: JSON.stringify({ code: 0, data: inner }) }, { body: page([]) }], (platform) =>
      pull(platform),
    );
    assert.deepEqual([result.received, result.published], [1, 1]);
  });

  it('cannot make it ask for one page for ever', async () => {
    const [record] = simulation.records(source);
    const { result, asked } = await withAnswers([{ body: page([record], 'same') }], (platform) => pull(platform));
    assert.deepEqual([result.received, asked], [2, 2]);
    assert.equal((await assertSound(hub.store)).length, 1);
  });

  it('may send what is no record: each goes to quarantine and the next one flows', async () => {
    const [record] = simulation.records(source);
    const odd = [
      null,
      7,
      'text',
      [],
      { QLRLB: 'deep' },
      { DJLX: { toString: 1 } },
      { ...record, QLRLB: [{ QLR: '甲', QLRZJZL: '__proto__', QLRZJH: 'X' }] },
    ];
    // Nested deeper than JSON can be written by what reads it.
    const body = page([...odd, record]).replace('"deep"', '['.repeat(20_000) + ']'.repeat(20_000));
    const { result } = await withAnswers([{ body }, { body: page([]) }], (platform) => pull(platform));
    assert.deepEqual([result.received, result.published + result.quarantined], [8, 8]);
    assert.ok(result.published >= 1);
    assert.ok((await hub.store.query({ family: source, limit: 10 })).events.length >= 1);
  });

  it('is pulled on and on until told to stop, and its failures are told without ending that', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const often: SourceContract = { ...contract, pull: { ...contract.pull, everySeconds: 0 } };
    await withAnswers([{ status: 404, body: '' }, { status: 404, body: '' }, { body: page([]) }], (platform) =>
      pullForever(often, platform, hub, stop.signal, (error) => {
        told.push(error.code);
        if (told.length === 2) stop.abort();
      }),
    );
    assert.deepEqual(told, ['SOURCE_PROTOCOL', 'SOURCE_PROTOCOL']);
  });
});
