// Commands that run things: demo, start, simulate, token.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embedded } from '../config/config.ts';
import { statusTitles } from '../domain/packages/judge.ts';
import { requestStatusTitles } from '../domain/transfers/request.ts';
import { stageTitles } from '../domain/transfers/stage.ts';
import { runDemo, startSimulatedPlatform, writeSimulatedFiles } from '../hub/demo.ts';
import { createLogger } from '../hub/logger.ts';
import { loadProjectContracts } from '../hub/open-hub.ts';
import { servicesNamed, serviceNames, writers } from '../hub/services.ts';
import { startServices } from '../hub/start.ts';
import { developmentToken } from '../hub/token.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { DemoSummary, Platform } from '../hub/demo.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { ServiceName } from '../hub/services.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

type OutputOf = (options: CommonOptions) => Output;
interface DemoOptions extends CommonOptions {
  once?: boolean;
  subjects: number;
  seed: string;
}

export function addRunCommands(program: Command, shell: Shell, outputOf: OutputOf): void {
  add(program, 'demo', 'the main job on simulated registries 演示（模拟数据）')
    .option('--once', 'end when everything is done instead of serving 完成后即结束')
    .option('--subjects <n>', 'how many stories the simulated registries tell 模拟主体数', wholeNumber, 300)
    .option('--seed <text>', 'the same seed tells the same stories 随机种子', 'demo')
    .action((options: DemoOptions) => demo(options, shell, outputOf(options)));

  add(program, 'start [service...]', `run services until stopped: ${serviceNames.join(', ')} (default: all) 启动服务`).action(
    (names: string[], options: CommonOptions) => start(names, options, shell, outputOf(options)),
  );

  add(program, 'simulate', 'serve simulated registries, or write them as files 模拟登记数据')
    .option('--subjects <n>', 'how many stories they tell 模拟主体数', wholeNumber, 300)
    .option('--seed <text>', 'the same seed tells the same stories 随机种子', 'demo')
    .option('--out <dir>', 'write one JSON Lines file a source instead of serving 写成文件的目录')
    .action((options: SimulateOptions) => simulate(options, shell, outputOf(options)));

  add(program, 'token', 'issue a development token for the APIs 开发令牌')
    .requiredOption(
      '--scope <scope...>',
      'packages:read, packages:write, transfers:read, transfers:write, consents:write, audit:read, quarantine:write 权限',
    )
    .option('--consumer <id>', 'a consumer of contracts/consumers 使用方', 'developer')
    .option('--expires <seconds>', 'how long it is good 有效秒数', wholeNumber, 3600)
    .action(async (options: CommonOptions & { scope: string[]; consumer: string; expires: number }) => {
      const scopes = options.scope.flatMap((scope) => scope.split(/[ ,]+/));
      const token = await developmentToken(shell.config(options.data), scopes, options.consumer, options.expires);
      outputOf(options).value(
        { token, scope: scopes.join(' '), consumer: options.consumer, expiresIn: options.expires },
        (issued) => issued.token,
      );
    });
}

async function demo(options: DemoOptions, shell: Shell, output: Output): Promise<void> {
  const scratch = options.data === undefined ? mkdtempSync(join(tmpdir(), 'hub-demo-')) : undefined;
  // Simulated records never reach engines that others use.
  const config = embedded(shell.config(options.data ?? scratch));
  const bar = output.progress('demo');
  try {
    await withHub(shell.openHub, config, async (hub) => {
      const platform = await startSimulatedPlatform(hub, { ...options, port: options.once ? 0 : config.simulatorPort }, shell.stop);
      hub.config.utilities = platform.utilities;
      try {
        const summary = await runDemo(hub, platform, shell.stop, (_, done, all) => bar.update(done, all)).finally(bar.stop);
        output.value(summary, demoText);
        if (!options.once) await serve(hub, [...serviceNames], platform, shell, output);
      } finally {
        await platform.close();
      }
    });
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs services until the process is asked to stop, and says where they are. */
async function serve(hub: Hub, services: readonly ServiceName[], platform: Platform | null, shell: Shell, output: Output): Promise<void> {
  const running = await startServices(hub, services, platform, createLogger(hub.config.logLevel), shell.stop);
  const addresses = {
    services,
    portal: services.includes('portal') ? `${running.url}/portal/v1` : null,
    audit: services.includes('audit') ? `${running.url}/audit/v1` : null,
    health: `${running.url}/health/ready`,
    metrics: `${running.url}/metrics`,
    pullsFrom: services.includes('adapters') ? (platform?.url ?? null) : null,
    data: hub.config.dataDirectory,
  };
  output.value(addresses, (where) =>
    [
      `running 运行中: ${where.services.join(', ')}; Ctrl-C ends it 结束`,
      ...(where.portal === null ? [] : [`portal 门户接口 ${where.portal}`]),
      ...(where.audit === null ? [] : [`audit 审计接口 ${where.audit}`]),
      ...(where.services.includes('adapters')
        ? [
            where.pullsFrom === null
              ? 'no platform is configured, nothing is pulled (HUB_PLATFORM_URL) 未配置共享平台'
              : `pulls from 数据来自 ${where.pullsFrom}`,
          ]
        : []),
      `health 健康检查 ${where.health}`,
      ...(where.portal === null && where.audit === null ? [] : [`a token 令牌: npx hub token --scope packages:read --data ${where.data}`]),
    ].join('\n'),
  );
  await running.stopped;
}

async function start(names: readonly string[], options: CommonOptions, shell: Shell, output: Output): Promise<void> {
  const services = servicesNamed(names);
  const config = shell.config(options.data);
  // Readers alone run beside the writing process.
  const open = services.some((name) => writers.has(name)) ? shell.openHub : shell.openHubForReading;
  const { url, requesterId, secret } = config.platform;
  await withHub(open, config, (hub) => serve(hub, services, url === null ? null : { url, requesterId, secret }, shell, output));
}

interface SimulateOptions extends CommonOptions {
  subjects: number;
  seed: string;
  out?: string;
}

async function simulate(options: SimulateOptions, shell: Shell, output: Output): Promise<void> {
  const config = shell.config(options.data);
  if (options.out !== undefined) {
    const counts = await writeSimulatedFiles(options, options.out);
    output.value({ simulated: true, files: counts }, ({ files }) =>
      Object.entries(files)
        .map(([source, n]) => `${join(options.out!, source)}.jsonl  ${n} records 记录（模拟）`)
        .join('\n'),
    );
    return;
  }
  const contracts = loadProjectContracts();
  const platform = await startSimulatedPlatform({ contracts, now: Date.now }, { ...options, port: config.simulatorPort }, shell.stop);
  output.value(
    { simulated: true, url: platform.url, requesterId: platform.requesterId, secret: platform.secret, utilities: platform.utilities },
    (where) =>
      `simulated registries 模拟登记数据 ${where.url}\nHUB_PLATFORM_URL=${where.url} HUB_PLATFORM_RID=${where.requesterId} HUB_PLATFORM_SECRET=${where.secret} ${where.utilities.map(({ utility, url }) => `HUB_${utility.toUpperCase()}_URL=${url}`).join(' ')} npx hub start`,
  );
  await new Promise<void>((resolve) => shell.stop.addEventListener('abort', () => resolve(), { once: true }));
  await platform.close();
}

function demoText(summary: DemoSummary): string {
  const listed = (counts: Record<string, number>, titles: Record<string, { zh: string; en: string }>): string =>
    Object.entries(counts)
      .map(([key, n]) => `${titles[key]?.zh ?? key} ${titles[key]?.en ?? ''} ${n}`.replace('  ', ' '))
      .join(' · ');
  return [
    'simulated registries 模拟登记数据',
    `records 记录 ${summary.received}  events 事件 ${summary.events}  quarantined 隔离 ${summary.quarantined}`,
    `packages 免提资申请包: ${listed(summary.packages, statusTitles)}`,
    `  by type 按类型: ${listed(summary.packageTypes, {})}`,
    `  struck by revocation, seizure, cancellation or expiry 因吊销、查封、注销或到期失效: ${summary.invalidated}`,
    `transfer requests 联合过户申请: ${listed(summary.transfers, requestStatusTitles)}`,
    `  by stage 办理阶段: ${listed(summary.transferStages, stageTitles)}`,
    `views ${summary.viewsDigest}`,
  ].join('\n');
}
