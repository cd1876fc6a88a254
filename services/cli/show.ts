// `hub packages show`, `hub transfers show`: one package or request, with its reasons, for a clerk.
import { HubError } from '../domain/errors.ts';
import { builtInRules, statusTitles } from '../domain/packages/judge.ts';
import { formatInstant } from '../domain/time.ts';
import { remarkTexts, requestStatusTitles } from '../domain/transfers/request.ts';
import { judgedOf } from './read.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { Output } from './output.ts';

export async function showPackage(hub: Hub, id: string, output: Output): Promise<void> {
  const row = await hub.views.get('package', id);
  if (!row) throw new HubError('NOT_FOUND', 'there is no package of that id');
  const { learnt } = JSON.parse(row.local) as JudgedLocal;
  const pack = judgedOf<Package>(row);
  const type = hub.contracts.packages.find((candidate) => candidate.id === pack.type);
  const texts = new Map(hub.contracts.rules.map((rule) => [rule.id, rule.text]));
  const items = pack.items.map(({ validFrom, ...item }) => ({
    ...item,
    title: type?.items.find((other) => other.id === item.id)?.title ?? null,
    trueFrom: validFrom === null ? null : formatInstant(validFrom),
    learntAt: item.event === null ? null : formatInstant(learnt[item.event]!.recordedtime),
    ruleText: texts.get(item.rule.id) ?? builtInRules[item.rule.id] ?? null,
  }));
  output.value({ ...pack, title: type?.title ?? null, items }, ({ title }) =>
    [
      `${title?.zh ?? pack.type} ${title?.en ?? ''}`,
      `${pack.id}  ${statusTitles[pack.status].zh} ${pack.status}  ${pack.digest}`,
      ...items.flatMap((item) => [
        `  ${statusTitles[item.status].zh}  ${item.title?.zh ?? item.id}  ${item.value ?? ''}${item.validUntil === null ? '' : `  有效期至 ${item.validUntil}`}`,
        `      依据 ${item.ruleText?.zh ?? ''} (${item.rule.id}@${item.rule.version})`,
        ...(item.event === null ? [] : [`      事件 ${item.event}  发生 ${item.trueFrom}  获知 ${item.learntAt}`]),
      ]),
    ].join('\n'),
  );
}

export async function showTransfer(hub: Hub, id: string, output: Output): Promise<void> {
  const row = await hub.views.get('transfer-request', id);
  if (!row) throw new HubError('NOT_FOUND', 'there is no transfer request of that case number');
  output.value(judgedOf<TransferRequest>(row), (request) =>
    [
      `联合过户申请 ${request.id}  ${requestStatusTitles[request.status].zh} ${request.status}  ${request.digest}`,
      `  不动产单元 ${request.property.unitCode ?? '未知'}  登簿 ${request.property.registeredOn ?? '未知'}`,
      `  原权利人 ${request.sellers.map(({ id: party, name }) => name ?? party).join('、')}  新权利人 ${request.buyers.map(({ id: party, name }) => name ?? party).join('、')}`,
      request.meter === null
        ? '  未确定用电户'
        : `  户号 ${request.meter.consumerNo}  匹配 ${request.meter.how} ${request.meter.score}  欠费 ${request.meter.arrears ?? '未知'}`,
      ...request.candidates.map((candidate) => `  候选 ${candidate.consumerNo}  得分 ${candidate.score}`),
      ...request.blocks.map((block) => `  受阻 ${remarkTexts[block.code].zh}  ${block.event ?? ''}`),
      ...request.notices.map((notice) => `  提示 ${remarkTexts[notice.code].zh}  ${notice.event ?? ''}`),
      ...request.history.map((entry) => `  ${formatInstant(entry.time)}  ${entry.change}  ${entry.event}`),
    ].join('\n'),
  );
}
