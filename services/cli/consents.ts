// `hub consents`: consents (授权) granted, revoked and looked up.
import { HubError } from '../domain/errors.ts';
import { utilities } from '../domain/own-facts.ts';
import { formatInstant } from '../domain/time.ts';
import { consentOf, consentStateTitles } from '../domain/transfers/consent.ts';
import { utilityTitles } from '../domain/transfers/life.ts';
import { transferDecisionsOn } from '../hub/transfer-decisions.ts';
import { deciding } from './deciding.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Ledger } from '../domain/ledger.ts';
import type { Authorisation, Utility } from '../domain/own-facts.ts';
import type { Consent } from '../domain/transfers/consent.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { TakenDecision } from '../ports/transfer-decisions.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

type OutputOf = (options: CommonOptions) => Output;
const scopeTitles: Record<Authorisation['scope'], string> = { 'joint-transfer': '联合过户', 'data-use': '数据使用' };
interface GrantOptions extends CommonOptions {
  grantor: string;
  scope: string;
  object?: string;
  utilities: string[];
  until?: string;
  basis: string;
  by: string;
}
interface FindOptions extends CommonOptions {
  grantor?: string;
  object?: string;
  after?: string;
  limit: number;
}

export function addConsentCommands(program: Command, shell: Shell, outputOf: OutputOf): void {
  const consents = add(program, 'consents', 'consents of customers 授权');
  const told = (output: Output, taken: TakenDecision): void =>
    output.value(taken, ({ id, event, recorded }) => `${recorded ? 'recorded 已入库' : 'recorded before 此前已入库'} ${id}  ${event}`);
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);

  add(consents, 'grant', 'take a consent 登记授权')
    .requiredOption('--grantor <subject>', 'pseudonym (hub person pseudonym) or unified social credit code 授权人')
    .requiredOption('--basis <text>', 'number of the form signed 依据')
    .option('--scope <name>', 'joint-transfer 联合过户 or data-use 数据使用', 'joint-transfer')
    .option('--object <id>', 'the case or package it is for; a joint transfer must name its case 授权对象')
    .option('--utilities <name...>', `${utilities.join(', ')} (default: all) 适用单位`, [])
    .option('--until <date>', 'last day on which it holds 有效期至')
    .option('--by <name>', 'who took it 经办人', 'operator')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GrantOptions>();
      return deciding(shell, options, async (hub, recording) =>
        told(outputOf(options), await transferDecisionsOn(hub, recording).grant(wishOf(options), options.by)),
      );
    });

  add(consents, 'revoke <id>', 'revoke a consent; what was submitted under it is taken back 撤回授权')
    .requiredOption('--basis <text>', 'number of the form, or why 依据')
    .option('--by <name>', 'who took it 经办人', 'operator')
    .action((id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { basis: string; by: string }>();
      return deciding(shell, options, async (hub, recording) =>
        told(outputOf(options), await transferDecisionsOn(hub, recording).revoke(id, options.basis, options.by)),
      );
    });

  add(consents, 'list', 'consents as they stand today 授权清单')
    .option('--grantor <subject>', 'of one grantor 授权人')
    .option('--object <id>', 'for one case or package 授权对象')
    .option('--after <id>', 'after this id 从此之后')
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 100)
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<FindOptions>();
      return reading(options, async (hub) => {
        outputOf(options).page(await findConsents(hub, options), options.limit, ({ id }) => id, {
          id: ({ id }) => id,
          状态: ({ state }) => consentStateTitles[state].zh,
          授权人: ({ grantor }) => grantor,
          范围: ({ scope }) => scopeTitles[scope],
          对象: ({ object }) => object ?? '',
          有效期至: ({ validUntil }) => validUntil ?? '',
          依据: ({ basis }) => basis,
        });
      });
    });

  add(consents, 'show <id>', 'one consent 授权详情').action((id: string, _: unknown, command: Command) => {
    const options = command.optsWithGlobals<CommonOptions>();
    return reading(options, async (hub) => {
      const row = await hub.views.get('consent', id);
      if (!row) throw new HubError('NOT_FOUND', 'there is no consent of that id 没有此编号的授权');
      const { steps } = JSON.parse(row.body) as Ledger<Authorisation>;
      const history = steps.map(({ event, time, fact }) => ({ event, at: formatInstant(time), ...fact }));
      outputOf(options).value({ ...consentIn(row, hub.today()), history }, (consent) =>
        [
          `${consent.id}  ${consentStateTitles[consent.state].zh} ${consent.state}`,
          `  授权人 grantor ${consent.grantor}  范围 scope ${scopeTitles[consent.scope]} ${consent.scope}  对象 object ${consent.object ?? '-'}`,
          `  适用 reaches ${consent.utilities.length === 0 ? '全部 all' : consent.utilities.map((name) => utilityTitles[name].zh).join('、')}  有效期至 until ${consent.validUntil ?? '-'}`,
          ...consent.history.map(({ at, change, basis, by, event }) => `  ${at}  ${change}  ${basis}  ${by}  ${event}`),
        ].join('\n'),
      );
    });
  });
}

/** Errors: USAGE. */
function wishOf({
  grantor,
  scope,
  object,
  utilities: named,
  until,
  basis,
}: GrantOptions): Parameters<ReturnType<typeof transferDecisionsOn>['grant']>[0] {
  const names = named.flatMap((text) => text.split(',')).filter((text) => text !== '');
  const unknown = names.filter((name) => !utilities.some((known) => known === name));
  if (unknown.length > 0)
    throw new HubError('USAGE', `there is no utility ${unknown.join(', ')}; there are ${utilities.join(', ')} 没有此公用企业`);
  if (scope !== 'joint-transfer' && scope !== 'data-use')
    throw new HubError('USAGE', 'the scope is joint-transfer or data-use 授权范围只能是联合过户或数据使用');
  return { grantor, scope, object: object ?? null, utilities: [...new Set(names)] as Utility[], validUntil: until ?? null, basis };
}

const consentIn = (row: ViewRow, date: string): Consent => consentOf(JSON.parse(row.body) as Ledger<Authorisation>, date);

async function findConsents(hub: Hub, { grantor, object, after = '', limit }: FindOptions): Promise<Consent[]> {
  const tags = [...(object === undefined ? [] : [`object:${object}`]), ...(grantor === undefined ? [] : [`grantor:${grantor}`])];
  const found: Consent[] = [];
  for (let at = after; found.length <= limit;) {
    const page = { after: at, limit: 500 };
    const rows = await (tags[0] === undefined ? hub.views.list('consent', page) : hub.views.find(tags[0], { view: 'consent', ...page }));
    if (rows.length === 0) break;
    found.push(...rows.filter((row) => tags.every((tag) => row.tags.includes(tag))).map((row) => consentIn(row, hub.today())));
    at = rows.at(-1)!.key;
  }
  return found.slice(0, limit + 1);
}
