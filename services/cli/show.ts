// `hub packages show`, `hub transfers show`: one package or request, with its reasons, for a clerk.
import { changeText } from '../domain/change-texts.ts';
import { valueOf } from '../domain/copies/values.ts';
import { statusTitle } from '../domain/freshness.ts';
import { acceptanceTitles, promiseTitles } from '../domain/packages/acceptance.ts';
import { typeThatJudged } from '../domain/packages/in-force.ts';
import { builtInRules } from '../domain/packages/built-in-rules.ts';
import { clerkTime, formatInstant } from '../domain/time.ts';
import { standingTitles } from '../domain/subject-history.ts';
import { transferConsentTitles } from '../domain/transfers/consent.ts';
import { utilityStateTitles, utilityTitles } from '../domain/transfers/life.ts';
import { stageTitles } from '../domain/transfers/stage.ts';
import { remarkTexts, requestStatusTitles } from '../domain/transfers/request.ts';
import { freshnessLine, freshnessOfItems } from './freshness.ts';
import { historiesOf } from '../hub/history.ts';
import { historyBounds, rowAt } from './moment.ts';
import { judgedOf } from './read.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { MomentOptions } from './moment.ts';
import type { Output } from './output.ts';

const matchTitles: Readonly<Record<string, string>> = {
  chosen: '人工核定',
  'consumer-number': '户号一致',
  'unit-code': '不动产单元号一致',
  address: '地址一致',
};
const clock = (instant: string | null): string => (instant === null ? '未知' : clerkTime(Date.parse(instant), 'zh'));

export async function showPackage(hub: Hub, id: string, moment: MomentOptions, output: Output): Promise<void> {
  const row = await rowAt(hub, 'package', id, moment);
  const { learnt } = JSON.parse(row.local) as JudgedLocal;
  const pack = judgedOf<Package>(row);
  const type = typeThatJudged(hub.contracts.packages, pack);
  const titleOf = (id: string): string => type?.items.find((item) => item.id === id)?.title.zh ?? id;
  const texts = new Map(hub.contracts.rules.map((rule) => [`${rule.id}@${rule.version}`, rule.text]));
  const now = moment.recordedAsOf === undefined && moment.validAt === undefined;
  const fresh = now ? await freshnessOfItems(hub, pack.items, learnt, type) : null;
  const staleSources = fresh && [...new Set(fresh.flatMap((each) => (each && !each.within ? [each.source] : [])))].sort();
  const freshness = staleSources && { fresh: staleSources.length === 0, staleSources };
  const items = pack.items.map(({ validFrom, ...item }, i) => ({
    ...item,
    ...(fresh && { freshness: fresh[i] }),
    statusTitle: statusTitle(item.status, fresh?.[i]?.within ?? true),
    title: type?.items.find((other) => other.id === item.id)?.title ?? null,
    trueFrom: validFrom === null ? null : formatInstant(validFrom),
    learntAt: item.event === null ? null : formatInstant(learnt[item.event]!.recordedtime),
    ruleText: texts.get(`${item.rule.id}@${item.rule.version}`) ?? builtInRules[item.rule.id] ?? null,
  }));
  output.value({ ...pack, ...freshness, title: type?.title ?? null, items }, ({ title }) =>
    [
      `${title?.zh ?? pack.type} ${title?.en ?? ''}`,
      `${pack.id}  ${statusTitle(pack.status, freshness?.fresh ?? true).zh} ${pack.status}  ${pack.digest}`,
      `  规则 rules ${pack.type}@${pack.contractVersion}${type?.region ? `/${type.region}` : ''}  ${pack.rules}`,
      `  受理 ${acceptanceTitles[pack.acceptance.state].zh} ${pack.acceptance.state}`,
      ...pack.acceptance.promises.map(
        ({ item, deadline, event, state }) =>
          `  承诺 ${titleOf(item)}  ${promiseTitles[state].zh} ${state}  期限 ${deadline}  事件 ${event}`,
      ),
      ...items.flatMap((item) => [
        `  ${item.statusTitle.zh}  ${item.title?.zh ?? item.id}  ${valueOf(item)?.zh ?? ''}${item.validUntil === null ? '' : `  有效期至 ${item.validUntil}`}`,
        `      依据 ${item.ruleText?.zh ?? ''} (${item.rule.id}@${item.rule.version})`,
        ...(item.event === null ? [] : [`      事件 ${item.event}  发生 ${clock(item.trueFrom)}  获知 ${clock(item.learntAt)}`]),
        ...(item.freshness ? [freshnessLine(item.freshness, hub.contracts.sources.get(item.freshness.source)?.title.zh)] : []),
      ]),
    ].join('\n'),
  );
}

export async function showTransfer(hub: Hub, id: string, moment: MomentOptions, output: Output): Promise<void> {
  const row = await rowAt(hub, 'transfer-request', id, moment);
  const history = await historiesOf(hub).subjects.read('house-transfer', id, await historyBounds(hub, moment));
  output.value({ ...judgedOf<TransferRequest>(row), history }, (request) =>
    [
      `联合过户申请 ${request.id}  ${requestStatusTitles[request.status].zh} ${request.status}  ${request.digest}`,
      `  不动产单元 ${request.property.unitCode ?? '未知'}  登簿 ${request.property.registeredOn ?? '未知'}`,
      `  原权利人 ${request.sellers.map(({ id: party, name }) => name ?? party).join('、')}  新权利人 ${request.buyers.map(({ id: party, name }) => name ?? party).join('、')}`,
      request.meter === null
        ? '  未确定用电户'
        : `  户号 ${request.meter.consumerNo}  匹配方式 ${matchTitles[request.meter.how] ?? ''} ${request.meter.how} ${request.meter.score}  欠费 ${request.meter.arrears ?? '未知'}`,
      `  进度 ${stageTitles[request.life.stage].zh} ${request.life.stage}  授权 ${transferConsentTitles[request.life.consent.state].zh}  ${request.life.consent.event ?? ''}`,
      ...request.life.utilities.map(
        ({ utility, state, externalNo, reason }) =>
          `  ${utilityTitles[utility].zh} ${utilityStateTitles[state].zh} ${state}${externalNo === null ? '' : `  工单 ${externalNo}`}${reason === null ? '' : `  ${reason}`}`,
      ),
      ...request.candidates.map((candidate) => `  候选 ${candidate.consumerNo}  得分 ${candidate.score}`),
      ...request.blocks.map((block) => `  受阻 ${remarkTexts[block.code].zh}  ${block.event ?? ''}`),
      ...request.notices.map((notice) => `  提示 ${remarkTexts[notice.code].zh}  ${notice.event ?? ''}`),
      ...request.history.map(
        ({ time, change, event, standing }) =>
          `  ${clerkTime(time, 'zh')}  ${changeText('house-transfer', change).zh}  ${event}${standing === 'decides' || standing === 'earlier' ? '' : `  ${standingTitles[standing].zh}`}`,
      ),
    ].join('\n'),
  );
}
