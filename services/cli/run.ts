// Commands that run things: demo, start, simulate, token.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statusTitles } from '../domain/packages/judge.ts';
import { requestStatusTitles } from '../domain/transfers/request.ts';
import { runDemo, startSimulatedPlatform } from '../hub/demo.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { DemoSummary } from '../hub/demo.ts';
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
    .option('--once', 'end when everything is done instead of serving')
    .option('--subjects <n>', 'how many stories the simulated registries tell', wholeNumber, 300)
    .option('--seed <text>', 'the same seed tells the same stories', 'demo')
    .action((options: DemoOptions) => demo(options, shell, outputOf(options)));
}

async function demo(options: DemoOptions, shell: Shell, output: Output): Promise<void> {
  const scratch = options.data === undefined ? mkdtempSync(join(tmpdir(), 'hub-demo-')) : undefined;
  const config = shell.config(options.data ?? scratch);
  const bar = output.progress('demo');
  try {
    await withHub(shell.openHub, config, async (hub) => {
      const platform = await startSimulatedPlatform(hub, { ...options, port: options.once ? 0 : config.simulatorPort }, shell.stop);
      try {
        const summary = await runDemo(hub, platform, shell.stop, (_, done, all) => bar.update(done, all)).finally(bar.stop);
        output.value(summary, demoText);
      } finally {
        await platform.close();
      }
    });
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
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
    `views ${summary.viewsDigest}`,
  ].join('\n');
}
