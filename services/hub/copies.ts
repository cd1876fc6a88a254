// What signs copies of packages, and an operator's own copy: recorded as any other access, whoever runs the recorder.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { pageOf, qrText } from '../domain/copies/page.ts';
import { readConsumers } from '../drivers/http/consumers.ts';
import { noSigner, openSigningKeys, rotateSigningKeys } from '../drivers/http/signing-keys.ts';
import { replaceSecret } from '../drivers/http/secret-file.ts';
import { qrCode } from '../drivers/qr/qr-code.ts';
import { purposeTitles } from '../portal/copies.ts';
import { copyOnce } from '../portal/portal.ts';
import { filesOf, isDistributed, makeDirectory, projectFolder } from './open-hub.ts';
import { withRecorder } from './pending.ts';
import { recordingOn } from './recording.ts';
import { settle } from './settle.ts';
import type { Config } from '../config/config.ts';
import type { Copy } from '../domain/copies/copy.ts';
import type { SigningKeys } from '../drivers/http/signing-keys.ts';
import type { CopyWish } from '../portal/copies.ts';
import type { GivingPorts } from '../portal/ports.ts';
import type { Recording } from '../ports/recording.ts';
import type { Signer } from '../ports/signing.ts';
import type { Hub } from './open-hub.ts';

/** The contract of whoever copies with the command line; no token is ever taken for it. */
export const operator = 'operator';

/**
 * The keys of HUB_SIGNING_KEY_FILE, or of our own in the data directory. Beside Kafka a portal is one of many, which must
 * sign with the same key, so there none is made: without a file nothing is signed. Errors: CONFIG_INVALID, DATA_DIRECTORY.
 */
export async function signingKeysOf(config: Config): Promise<SigningKeys> {
  if (config.signingKeyFile !== null) return openSigningKeys(config.signingKeyFile, { ours: false });
  if (isDistributed(config)) return { ...noSigner, jwks: { keys: [] } };
  makeDirectory(config.dataDirectory);
  return openSigningKeys(filesOf(config.dataDirectory).signingKeys, { ours: true });
}

/** The public keys; with `rotate` a new one signs from now on. Errors: USAGE where the keys come from outside. */
export async function publicSigningKeys(config: Config, { rotate }: { rotate: boolean }): Promise<SigningKeys['jwks']> {
  const { jwks } = await signingKeysOf(config);
  if (!rotate) return jwks;
  if (config.signingKeyFile !== null || isDistributed(config))
    throw new HubError(
      'USAGE',
      'the signing key comes from HUB_SIGNING_KEY_FILE: put a new private JWK first there, and leave the old ones public 签名密钥来自 HUB_SIGNING_KEY_FILE，请在该文件最前加入新私钥，并保留原公钥',
    );
  return (await rotateSigningKeys(filesOf(config.dataDirectory).signingKeys)).jwks;
}

/**
 * The public halves of our own signing keys, for a backup; null where there are none, or where they come from outside. The
 * private half is in no backup: whoever has it can sign in our name, and who lost it signs with another.
 * Errors: CONFIG_INVALID.
 */
export async function publicKeysToKeep(config: Config): Promise<SigningKeys['jwks'] | null> {
  const ours = config.signingKeyFile === null && !isDistributed(config) && existsSync(filesOf(config.dataDirectory).signingKeys);
  return ours ? publicSigningKeys(config, { rotate: false }) : null;
}

/**
 * Publishes the public keys of a backup again, so that what they signed can be verified; what is signed from now on is
 * signed with a key of the data directory's own, made if need be. Errors: CONFIG_INVALID, DATA_DIRECTORY.
 */
export async function restorePublicKeys(dataDirectory: string, { keys }: SigningKeys['jwks']): Promise<void> {
  const file = filesOf(dataDirectory).signingKeys;
  const { jwks } = await openSigningKeys(file, { ours: true });
  const known = new Set(jwks.keys.map(({ kid }) => kid));
  const there = JSON.parse(readFileSync(file, 'utf8')) as SigningKeys['jwks'];
  replaceSecret(file, JSON.stringify({ keys: [...there.keys, ...keys.filter(({ kid }) => !known.has(kid))] }));
}

/** What reading and copying is made of, here and in the portal. */
export function givingPorts(hub: Hub, signer: Signer, recording: Recording): GivingPorts {
  const { views, keys, contracts, codec, now, config } = hub;
  const bases = new Map(
    readConsumers(join(projectFolder, 'contracts', 'consumers')).map(({ id, version, legalBasis }) => [
      id,
      `${id}@${version} ${legalBasis}`,
    ]),
  );
  return {
    ...{ views, codec, now, signer, qrCode },
    persons: keys,
    packages: contracts.packages,
    sources: contracts.sources,
    recording,
    // Whoever has a token has a contract (services/drivers/http/authenticate.ts).
    legalBasis: (consumer) => bases.get(consumer)!,
    issuer: config.token.issuer,
    newId: randomUUID,
  };
}

/** The operator's wish; its purpose by name or Chinese title. */
export type OperatorWish = Omit<CopyWish, 'consumer'>;

export interface ExportedCopy {
  copy: Copy;
  jws: string;
  html: string;
}

/**
 * Copies one package for an operator. `alone`: no other process runs the recorder, so it runs here meanwhile.
 * Errors: NOT_FOUND, USAGE, NOT_RECORDED, CONFIG_INVALID.
 */
export async function exportCopy(hub: Hub, id: string, wish: OperatorWish, { alone }: { alone: boolean }): Promise<ExportedCopy> {
  const contract = readConsumers(join(projectFolder, 'contracts', 'consumers')).find((one) => one.id === operator)!;
  const purpose = contract.purposes.find((name) => [name, purposeTitles[name]?.zh].includes(wish.purpose));
  if (purpose === undefined) {
    const known = contract.purposes.map((name) => `${name} ${purposeTitles[name]?.zh ?? ''}`.trim());
    throw new HubError('USAGE', `an operator may copy for 可用的制作事由 ${known.join(', ')}; "${wish.purpose}" is none of them`);
  }
  const ports = givingPorts(hub, await signingKeysOf(hub.config), recordingOn(hub.log));
  const make = async (): Promise<ExportedCopy> => {
    await hub.keys.ready();
    const { copy, jws } = await copyOnce(ports, id, { ...wish, purpose, consumer: operator });
    return { copy, jws, html: pageOf(copy, qrCode(qrText(copy))) };
  };
  if (!alone) return make();
  await settle(hub);
  return withRecorder(hub, make);
}
