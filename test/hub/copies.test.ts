// `hub packages export`, `hub verify`, `hub signing-keys`: an operator's copy, recorded as given, and verified far from the hub.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet } from 'jose';
import { startServices } from '../../services/hub/start.ts';
import { createClock } from '../support/clock.ts';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { codec } from '../support/project.ts';
import { openFolder } from '../drivers/http/fixture.ts';
import type { JSONWebKeySet } from 'jose';
import type { Copy } from '../../services/domain/copies/copy.ts';
import type { Access } from '../../services/domain/own-facts.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('copies at the command line', function () {
  this.timeout(60_000);
  const { now } = createClock('2027-03-01');
  const options = { now };
  let folder: string;
  let remove: () => void;
  let data: string;
  let id: string;
  const wish = ['--purpose', 'electricity-application', '--case', 'GZ-1', '--valid-until', '2027-03-31'];
  const accesses = (): Promise<Access[]> =>
    inHub(data, async ({ store }) => {
      const found: Access[] = [];
      for await (const event of store.readStream(`access-${id}`)) found.push(codec.decode(event.data) as Access);
      return found;
    });

  before(async () => {
    ({ folder, remove } = openFolder());
    data = join(folder, 'data');
    await runOne(['demo', '--once', '--subjects', '20', '--data', data], options);
    ({ id } = (await runJson<{ id: string }>(['packages', '--data', data, '--limit', '1'], options))[0]!);
  });
  after(() => remove());

  it('are recorded with who, why and for which case, then written for their owner alone, and good anywhere with the public keys', async () => {
    const file = join(folder, 'copy.jws');
    const made = await runOne<{ copy: string; digest: string }>(
      ['packages', 'export', id, ...wish, '--out', file, '--data', data],
      options,
    );
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const [access, ...more] = await accesses();
    assert.equal(more.length, 0);
    assert.deepEqual(
      [access!.change, access!.consumer, access!.purpose, access!.case, access!.record, access!.digest],
      ['exported', 'operator', 'electricity-application', 'GZ-1', made.copy, made.digest],
    );
    assert.match(access!.basis, /^operator@1 个人信息保护法/);

    const keys = await runOne<JSONWebKeySet>(['signing-keys', '--data', data]);
    const jwks = join(folder, 'jwks.json');
    writeFileSync(jwks, JSON.stringify(keys));
    const nowhere = ['--data', join(folder, 'nothing-here')];
    const good = await run(['verify', file, '--jwks', jwks, ...nowhere], options);
    assert.equal(good.code, 0, good.error.join());
    for (const part of [
      '✓ 副本有效 the copy is good',
      '制作事由 purpose  办电申请',
      'case  GZ-1',
      'valid until  2027-03-31',
      made.digest,
      made.copy,
    ])
      assert.ok(good.out.join('\n').includes(part), part);
    assert.equal((await run(['verify', file, '--data', data], options)).code, 0, 'the keys of the data directory will do');
    assert.equal((await run(['verify', file, ...nowhere], options)).code, 2, 'but there must be some');
    await compactVerify(readFileSync(file, 'utf8').trim(), createLocalJWKSet(keys));
    assert.equal(
      (await run(['packages', 'export', id, ...wish, '--out', file, '--data', data], options)).code,
      2,
      'nothing is overwritten',
    );
  });

  it('that are not good end with 1, and one line says why', async () => {
    const { content } = await runOne<{ content: string }>(['packages', 'export', id, ...wish, '--data', data], options);
    const jwks = join(folder, 'keys.json');
    writeFileSync(jwks, JSON.stringify(await runOne(['signing-keys', '--data', data])));
    const none = join(folder, 'none.json');
    writeFileSync(none, '{"keys":[]}');
    const copy = join(folder, 'tried.jws');
    const verify = async (text: string, keys = jwks, at = now): Promise<[number, string[]]> => {
      writeFileSync(copy, text);
      const { code, out } = await run(['verify', copy, '--jwks', keys], { now: at });
      return [
        code,
        out
          .join('\n')
          .split('\n')
          .filter((line) => /^[✓✗]/.test(line)),
      ];
    };
    const [head, body, signature] = content.split('.') as [string, string, string];
    const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Copy;
    const changed = Buffer.from(JSON.stringify({ ...payload, copy: { ...payload.copy, validUntil: '2099-01-01' } })).toString('base64url');
    assert.deepEqual(await verify(content), [0, ['✓ 副本有效 the copy is good']]);
    assert.deepEqual(await verify(`${head}.${changed}.${signature}`), [1, ['✗ 已被篡改：签名不符 altered: the signature does not hold']]);
    assert.deepEqual(await verify(content, jwks, createClock('2027-04-01').now), [1, ['✗ 已过有效期 expired']]);
    assert.deepEqual(await verify(content, none), [1, ['✗ 签名密钥不在公钥之列 signed with a key that is not among the public keys']]);
    assert.deepEqual(await verify('nothing'), [1, ['✗ 不是申请包加注件 this is no copy of a package']]);
    const [told] = await Promise.all([run(['verify', copy, '--jwks', jwks, '--json'], options)]);
    assert.deepEqual([told.code, (JSON.parse(told.out.join('')) as { good: boolean }).good], [1, false]);
  });

  it('can be verified after the key was rotated, with keys asked of a running portal, which then records for the operator', async () => {
    const file = join(folder, 'rotated.jws');
    await runOne(['packages', 'export', id, ...wish, '--out', file, '--data', data], options);
    const before = (await accesses()).length;
    const keys = await runOne<JSONWebKeySet>(['signing-keys', '--rotate', '--data', data]);
    assert.equal(keys.keys.length, 2);
    const more = join(folder, 'beside.html');
    await inHub(
      data,
      async (hub) => {
        const stop = new AbortController();
        const config = { ...hub.config, port: 0 };
        const running = await startServices({ ...hub, config }, ['recorder', 'portal'], null, silent, stop.signal);
        const address = `${running.url}/.well-known/jwks.json`;
        assert.equal((await run(['verify', file, '--jwks', address], options)).code, 0);
        // The lock is taken: the running hub records.
        const beside = await run(['packages', 'export', id, ...wish, '--format', 'html', '--out', more, '--data', data], options);
        assert.equal(beside.code, 0, beside.error.join());
        stop.abort();
        await running.stopped;
      },
      now,
    );
    assert.ok(readFileSync(more, 'utf8').startsWith('<!doctype html>'));
    assert.equal((await accesses()).length, before + 1);
  });

  it('are refused for what an operator may not do, and then leave no trace', async () => {
    const before = (await accesses()).length;
    const codeOf = async (...args: string[]): Promise<number> => (await run(['packages', 'export', ...args, '--data', data], options)).code;
    const [, , , number, , until] = wish as [string, string, string, string, string, string];
    assert.equal(await codeOf(id, '--purpose', 'development', '--case', number, '--valid-until', until), 2);
    assert.equal(await codeOf(id, '--purpose', 'dispute', '--case', '13812345678', '--valid-until', until), 2);
    assert.equal(await codeOf(id, '--purpose', 'dispute', '--case', number, '--valid-until', '2027-02-28'), 2);
    assert.equal(await codeOf(id, ...wish, '--format', 'pdf'), 2);
    assert.equal(await codeOf('nothing', ...wish), 2);
    assert.equal((await accesses()).length, before);
  });
});
