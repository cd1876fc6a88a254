// Development tokens, signed with the hub's own key.
import { join } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { readConsumers, scopes } from '../drivers/http/consumers.ts';
import { issueToken, openTokenKey } from '../drivers/http/keys.ts';
import { filesOf, makeDirectory, projectFolder } from './open-hub.ts';
import type { Config } from '../config/config.ts';

/** A token for `hub`'s own APIs. Errors: USAGE for an unknown scope, CONFIG_INVALID where keys come from elsewhere. */
export async function developmentToken(
  config: Config,
  wanted: readonly string[],
  consumer: string,
  expiresInSeconds: number,
): Promise<string> {
  const unknown = wanted.filter((scope) => !scopes.some((known) => known === scope));
  if (unknown.length > 0)
    throw new HubError('USAGE', `there is no scope ${unknown.join(', ')} 没有此权限; there are 可用 ${scopes.join(', ')}`);
  if (config.token.jwks.kind !== 'embedded')
    throw new HubError('CONFIG_INVALID', 'tokens are issued by the identity provider whose keys are configured, not by the hub');
  const contract = readConsumers(join(projectFolder, 'contracts', 'consumers')).find(({ id }) => id === consumer);
  if (!contract) throw new HubError('USAGE', `there is no consumer ${consumer} in contracts/consumers 没有此使用方`);
  const refused = wanted.filter((scope) => !contract.scopes.some((allowed) => allowed === scope));
  if (refused.length > 0)
    throw new HubError('USAGE', `the contract of ${consumer} does not allow ${refused.join(', ')} 该使用方的约定不含此权限`);
  if (expiresInSeconds < 1) throw new HubError('USAGE', 'a token must be good for a second or more 令牌有效期须至少一秒');
  makeDirectory(config.dataDirectory);
  const key = await openTokenKey(filesOf(config.dataDirectory).tokenKey);
  const { issuer, audience } = config.token;
  return issueToken({ key, scope: wanted.join(' '), consumer, issuer, audience, expiresInSeconds });
}
