// infra/hub.env: every variable there is, each with a value that the hub accepts.
import assert from 'node:assert/strict';
import { readConfig } from '../../services/config/config.ts';
import { environmentVariables } from '../../services/config/environment.ts';
import { infraFiles, parseEnv, readInfra } from './files.ts';

describe('infra/hub.env', () => {
  const text = readInfra('hub.env');

  it('names every variable once, and no other', () => {
    const named = [...text.matchAll(/^#?([A-Z][A-Z_0-9]*)=/gm)].map((match) => match[1]!);
    assert.deepEqual(named.toSorted(), Object.keys(environmentVariables).toSorted());
  });

  it('is one installation without Kafka as it stands', () => {
    const config = readConfig(parseEnv(text));
    assert.deepEqual([config.kafka, config.eventStoreUrl, config.databaseUrl, config.keysUrl], [null, null, null, null]);
    assert.equal(config.dataDirectory, '/var/lib/hub');
    assert.equal(config.host, '127.0.0.1');
  });

  it('gives examples that the hub accepts, all at once', () => {
    const example = parseEnv(text, { commented: true });
    const config = readConfig({ ...example, KAFKA_USERNAME: 'hub-recorder', KAFKA_PASSWORD: 'filled-in' });
    assert.equal(config.kafka?.brokers.length, 3);
    assert.equal(config.kafka.sasl?.mechanism, 'scram-sha-512');
    assert.ok(config.kafka.tls && config.eventStoreUrl && config.databaseUrl && config.keysUrl);
    assert.equal(config.token.jwks.kind, 'url');
  });

  it('says what each group is for, before its first variable', () => {
    const groups = [...text.matchAll(/^# --- (.+?) -+$/gm)].map((match) => match[1]!);
    for (const group of ['Embedded', 'Tokens', 'Kafka', 'EventStoreDB', 'Postgres', 'Keys'])
      assert.ok(
        groups.some((title) => title.startsWith(group)),
        group,
      );
  });
});

describe('what is secret', () => {
  /** Names of what nobody may read. What ends in FILE names a place; `_KEY` of a section of YAML is not meant. */
  const secretName = /(PASSWORD|SECRET|TOKEN|_KEY|JAAS_CONFIG|CREDENTIAL|PASSPHRASE)$/;
  const files = infraFiles();

  it('has no value in any file of infra/', () => {
    const withoutValue = /^(["']{2}|["']?\$\{?\w.*|\{valueFrom:.*)?$/;
    let seen = 0;
    for (const file of files) {
      const assignment = file.endsWith('.yaml') ? /\b([A-Z][A-Z_0-9]{3,}):[ \t]*([^\s,}]*)/g : /\b([A-Z][A-Z_0-9]{3,})=([^\s;]*)/g;
      for (const [, name, value] of readInfra(file).matchAll(assignment)) {
        if (!secretName.test(name!)) continue;
        seen++;
        assert.match(value!, withoutValue, `${file}: ${name}`);
      }
    }
    assert.ok(seen > 10);
    for (const [name, value] of [
      ['KAFKA_PASSWORD', 'hunter2'],
      ['HUB_PSEUDONYM_KEY', '0011'],
      ['HUB_PLATFORM_SECRET', '"x"'],
    ])
      assert.ok(secretName.test(name!) && !withoutValue.test(value!), name);
  });

  it('is in no address: none of them carries a password', () => {
    for (const file of files)
      for (const [address, password] of readInfra(file).matchAll(/\b[a-z+]+:\/\/[^\s/:@]+:([^\s/@]+)@/g))
        assert.ok(/^(<password>|password)$/.test(password!), `${file}: ${address}`);
  });

  it('looks like chance nowhere: no long text of many kinds of characters', () => {
    for (const file of files)
      for (const [text] of readInfra(file).matchAll(/[A-Za-z0-9+/=_-]{20,}/g)) {
        const words = text.split(/[-_/=.]/);
        const random = words.some((word) => word.length >= 16 && /\d/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word));
        assert.ok(!random && !/^[0-9a-f]{32,}$/.test(text), `${file}: ${text}`);
      }
  });

  it('stays out of version control: only examples are let in', () => {
    assert.match(readInfra('compose', 'secrets', '.gitignore'), /^\*\n!\.gitignore\n!\*\.example\n/m);
    for (const file of files.filter((name) => name.startsWith('compose/secrets/') && name.endsWith('.example'))) {
      for (const [name, value] of Object.entries(parseEnv(readInfra(file)))) assert.equal(value, '', `${file}: ${name}`);
      for (const [, value] of readInfra(file).matchAll(/PASSWORD '(.*)'/g)) assert.equal(value, '', file);
    }
  });
});
