// `hub transfers choose`, `hub transfers queue`: what a person must settle, and their word for it.
import { addressLevelTitles } from '../domain/transfers/match.ts';
import { remarkTexts } from '../domain/transfers/request.ts';
import { transferDecisionsOn } from '../hub/transfer-decisions.ts';
import { deciding } from './deciding.ts';
import { judgedOf } from './read.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { MeterAccount } from '../domain/facts.ts';
import type { Subject } from '../domain/subject.ts';
import type { Candidate } from '../domain/transfers/match.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

type OutputOf = (options: CommonOptions) => Output;
interface QueueOptions extends CommonOptions {
  limit: number;
  after?: string;
}

/** A candidate with what speaks for it and against it. */
interface Weighed extends Candidate {
  status: MeterAccount['status'] | null;
  category: string | null;
  arrears: string | null;
  unitCode: string | null;
}

export function addTransferCommands(transfers: Command, shell: Shell, outputOf: OutputOf): void {
  add(transfers, 'choose <case>', 'say which account a case is about, after review 人工核定用电户')
    .requiredOption('--account <no>', 'consumer number 户号')
    .requiredOption('--reason <text>', 'why; kept for ever in the clear 核定理由')
    .option('--by <name>', 'who decided 核定人', 'operator')
    .action((id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { account: string; reason: string; by: string }>();
      const { account: consumerNo, reason, by } = options;
      return deciding(shell, options, async (hub, recording) => {
        const taken = await transferDecisionsOn(hub, recording).choose(id, { consumerNo, reason, by });
        outputOf(options).value(taken, ({ event, recorded }) => `${recorded ? 'recorded 已入库' : 'recorded before 此前已入库'} ${event}`);
      });
    });

  add(transfers, 'queue', 'cases for manual review, with what speaks for each candidate 人工核对队列')
    .option('--after <case>', 'after this case 从此之后')
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 20)
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<QueueOptions>();
      return withHub(shell.openHubForReading, shell.config(options.data), (hub) => showQueue(hub, options, outputOf(options)));
    });
}

async function showQueue(hub: Hub, { limit, after = '' }: QueueOptions, output: Output): Promise<void> {
  const rows = await hub.views.find('status:review', { view: 'transfer-request', after, limit: limit + 1 });
  const requests = rows.slice(0, limit).map((row) => judgedOf<TransferRequest>(row));
  const cases: object[] = [];
  const lines: string[] = [];
  for (const { id, property, blocks, candidates } of requests) {
    const weighed: Weighed[] = [];
    for (const candidate of candidates) weighed.push(await weigh(hub, candidate));
    cases.push({ id, property, blocks, candidates: weighed });
    lines.push(`${id}  ${property.unitCode ?? '无单元号 no unit code'}  ${blocks.map(({ code }) => remarkTexts[code].zh).join('、')}`);
    for (const candidate of weighed) lines.push(`  ${candidateLine(candidate)}`);
  }
  if (output.json) output.rows(cases, {});
  else output.value(lines, (all) => (all.length === 0 ? 'nothing found 无记录' : all.join('\n')));
  if (rows.length > limit) output.terminal.error(`hub: there is more 未完，续查: --after '${rows[limit - 1]!.key}'`);
}

async function weigh(hub: Hub, candidate: Candidate): Promise<Weighed> {
  const row = await hub.views.get('meter-account', candidate.consumerNo);
  const fact = row ? (JSON.parse(row.body) as Subject<MeterAccount>).fact : null;
  const { status = null, category = null, arrears = null, unitCode = null } = fact ?? {};
  return { ...candidate, status, category, arrears, unitCode };
}

const accountStatuses: Record<MeterAccount['status'], string> = { active: '在用', suspended: '暂停', closed: '已销户' };

function candidateLine({ consumerNo, score, addressLevel, holderIsSeller, status, arrears, event }: Weighed): string {
  const address = addressLevel === null ? '地址不符 address differs' : `地址一致至 ${addressLevelTitles[addressLevel].zh} ${addressLevel}`;
  const holder = holderIsSeller ? '户主为原权利人 held by a seller' : '户主非原权利人 not held by a seller';
  return `${consumerNo}  ${score.toFixed(3)}  ${address}  ${holder}  ${status === null ? '' : `${accountStatuses[status]} ${status}`}  欠费 arrears ${arrears ?? '?'}  ${event}`;
}
