// `hub enterprise`: who an enterprise is, was, and belongs to.
import { HubError } from '../domain/errors.ts';
import { checkUscc } from '../domain/identifiers/uscc.ts';
import { historiesOf } from '../hub/history.ts';
import { addCommand, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Enterprise } from '../ports/enterprise.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

const statuses: Readonly<Record<Enterprise['status'], string>> = {
  active: '存续',
  suspended: '歇业',
  revoked: '吊销未注销',
  'revoked-deregistered': '吊销已注销',
  deregistered: '注销',
  rescinded: '撤销',
  'moved-out': '迁出',
  other: '其他',
};

export function addEnterpriseCommand(program: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  addCommand(program, 'enterprise <code>', 'an enterprise over time: names, codes, parent, branches, mergers 企业身份沿革').action(
    (code: string, options: CommonOptions) =>
      withHub(shell.openHubForReading, shell.config(options.data), async (hub) => {
        const { normalised } = checkUscc(code);
        const enterprise = normalised === null ? null : await historiesOf(hub).enterprises.read(normalised);
        if (!enterprise) throw new HubError('NOT_FOUND', `no licence of the code ${code} is known 没有此统一社会信用代码的营业执照`);
        outputOf(options).value(enterprise, (shown) => lines(shown).join('\n'));
      }),
  );
}

function lines(enterprise: Enterprise): string[] {
  const { uscc, organisationCode, name, formerNames, status, event, conflicts, parent, successor, branches, predecessors } = enterprise;
  const list = (title: string, values: readonly string[]): string[] => (values.length === 0 ? [] : [`${title}: ${values.join('、')}`]);
  return [
    `${name}  ${uscc}  ${statuses[status]} ${status}`,
    `组织机构代码 organisation code: ${organisationCode}`,
    ...list('曾用名 former names', formerNames),
    ...list('隶属企业 parent', parent === null ? [] : [parent]),
    ...list('分支机构 branches', branches),
    ...list('存续或新设企业 goes on as', successor === null ? [] : [successor]),
    ...list('被合并企业 merged into it', predecessors),
    ...list('互相矛盾的记载 contradicting events', conflicts),
    `依据事件 event: ${event}`,
  ];
}
