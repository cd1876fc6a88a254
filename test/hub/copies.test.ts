// `hub packages export`, `hub verify`, `hub signing-keys`: an operator's copy, recorded as given, and verified far from the hub.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet } from 'jose';
import { copyType } from '../../services/domain/copies/copy.ts';
import { openSigningKeys } from '../../services/drivers/http/signing-keys.ts';
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
  let packages: { id: string; status: string; subject: { id: string; kind: string } }[];
  let id: string;
  const wish = ['--purpose', 'electricity-application', '--case', 'GZ-1', '--valid-until', '2027-03-31'];
  const accesses = (of = id): Promise<Access[]> =>
    inHub(data, async ({ store }) => {
      const found: Access[] = [];
      for await (const event of store.readStream(`access-${of}`)) found.push(codec.decode(event.data) as Access);
      return found;
    });

  before(async () => {
    ({ folder, remove } = openFolder());
    data = join(folder, 'data');
    await runOne(['demo', '--once', '--subjects', '60', '--data', data], options);
    packages = await runJson(['packages', '--data', data, '--limit', '1000'], options);
    ({ id } = packages.find(({ subject }) => subject.kind === 'organisation')!);
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

  it('of an earlier version, which did not say how fresh its sources were, is good as it was signed, and not with that taken out', async () => {
    const { content } = await runOne<{ content: string }>(['packages', 'export', id, ...wish, '--data', data], options);
    const [head, body, signature] = content.split('.') as [string, string, string];
    const { freshness, ...earlier } = JSON.parse(Buffer.from(body, 'base64url').toString()) as Copy;
    assert.ok(freshness.status.zh.length > 0);
    const { sign } = await openSigningKeys(join(data, 'signing-keys.json'), { ours: true });
    const file = join(folder, 'earlier.jws');
    const verify = (text: string) => {
      writeFileSync(file, text);
      return run(['verify', file, '--data', data], options);
    };
    const good = await verify(await sign(earlier, copyType));
    assert.equal(good.code, 0, good.error.join());
    const told = good.out.join('\n').split('\n');
    const { zh, en } = earlier.texts.statuses[earlier.package.status]!;
    assert.deepEqual(told.slice(0, 2), ['✓ 副本有效 the copy is good', `${earlier.texts.title.zh} ${earlier.texts.title.en}  ${zh} ${en}`]);
    for (const { id: item, status } of earlier.package.items)
      assert.ok(
        told.some((line) => line.includes(earlier.texts.items[item]!.zh) && line.includes(earlier.texts.statuses[status]!.zh)),
        item,
      );
    assert.ok(!told.some((line) => line.includes('未及时更新的数据源')));
    const removed = Buffer.from(JSON.stringify(earlier)).toString('base64url');
    const bad = await verify(`${head}.${removed}.${signature}`);
    assert.deepEqual([bad.code, bad.out], [1, ['✗ 已被篡改：签名不符 altered: the signature does not hold']]);
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

  it('that were given before a backup verify after its restore with the keys that the restored hub publishes, as do new ones', async () => {
    const [given, anew, restored] = [join(folder, 'given.jws'), join(folder, 'anew.jws'), join(folder, 'restored')];
    await runOne(['packages', 'export', id, ...wish, '--out', given, '--data', data], options);
    for (const args of [
      ['backup', join(folder, 'backup'), '--data', data],
      ['restore', join(folder, 'backup'), '--data', restored],
      ['replay', '--data', restored],
    ]) {
      const { code, error } = await run(args, options);
      assert.equal(code, 0, error.join());
    }
    await runOne(['packages', 'export', id, ...wish, '--out', anew, '--data', restored], options);
    await inHub(
      restored,
      async (hub) => {
        const stop = new AbortController();
        const running = await startServices(
          { ...hub, config: { ...hub.config, port: 0 } },
          ['recorder', 'portal'],
          null,
          silent,
          stop.signal,
        );
        const jwks = `${running.url}/.well-known/jwks.json`;
        for (const file of [given, anew]) {
          const { code, out } = await run(['verify', file, '--jwks', jwks, '--data', join(folder, 'nothing-here')], options);
          assert.deepEqual([code, out.join().includes('✓ 副本有效')], [0, true], file);
        }
        stop.abort();
        await running.stopped;
      },
      now,
    );
    // The hub that was backed up does not know the key of the one restored from it.
    assert.equal((await run(['verify', anew, '--data', data], options)).code, 1);
  });

  it('are printed with all that a clerk needs, and beside the page lies the signed copy of its number', async () => {
    const page = join(folder, 'page.html');
    const { id: theirs } = packages.find((pack) => pack.subject.kind === 'person' && pack.status === 'verified')!;
    const later = { now: createClock('2027-03-25').now };
    const { copy, signed } = await runOne<{ copy: string; signed: string }>(
      ['packages', 'export', theirs, ...wish, '--format', 'html', '--out', page, '--data', data],
      later,
    );
    assert.equal(signed, join(folder, 'page.jws'));
    const { code, out } = await run(['verify', signed, '--data', data], later);
    assert.equal(code, 0);
    const told = await runOne<{ copy: Copy }>(['verify', signed, '--data', data], later);
    assert.equal(told.copy.jti, copy);
    // Nobody was in contact for weeks: stale is said to be, on paper and by the verifier.
    assert.ok(told.copy.freshness.stale.length > 0);
    const html = readFileSync(page, 'utf8');
    const [item] = told.copy.package.items;
    for (const part of [
      ...['核验结论', '受理条件', '如何核验', 'hub verify', '2027年3月25日 12:00（北京时间）', '未及时更新的数据源'],
      ...[copy, told.copy.digest, told.copy.subject.name!, told.copy.texts.items[item!.id]!.zh, told.copy.freshness.items[item!.id]!.zh],
      ...told.copy.freshness.stale.map(({ zh }) => zh),
    ])
      assert.ok(html.includes(part), part);
    assert.ok(!html.includes('>citizen-id<') && html.includes('居民身份证'), 'kinds of document have names');
    assert.match(out.join(), /未及时更新的数据源.*sources not up to date/);
    const before = (await accesses(theirs)).length;
    const again = await run(
      ['packages', 'export', theirs, ...wish, '--format', 'html', '--out', join(folder, 'page.HTML'), '--data', data],
      later,
    );
    assert.equal(again.code, 2);
    assert.match(again.error.join(), /page\.jws is there already 文件已存在/);
    assert.equal((await accesses(theirs)).length, before, 'and nothing was given');
  });

  it('of an erased person have no name on them, and say so', async () => {
    const { id: theirs, subject } = packages.findLast((pack) => pack.subject.kind === 'person')!;
    const page = join(folder, 'erased.html');
    assert.equal((await run(['person', 'erase', subject.id, '--data', data], options)).code, 0);
    await runOne(['packages', 'export', theirs, ...wish, '--format', 'html', '--out', page, '--data', data], options);
    assert.match(readFileSync(page, 'utf8'), /申请主体.*（姓名不可读：未载明或个人信息已删除）/);
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
