// `hub packages export`, `hub signing-keys`: signed, purpose-bound copies (加注件), and the keys that sign them.
import { existsSync, writeFileSync } from 'node:fs';
import { HubError } from '../domain/errors.ts';
import { exportCopy, publicSigningKeys } from '../hub/copies.ts';
import { addCommand as add, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { ExportedCopy, OperatorWish } from '../hub/copies.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

const formats = ['jws', 'html'] as const;

interface ExportOptions extends CommonOptions {
  purpose: string;
  case: string;
  validUntil: string;
  maker: string;
  format: string;
  out?: string;
}

export function addCopyCommands(program: Command, packages: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  add(packages, 'export <id>', 'a signed copy of one package for one purpose 制作加注件')
    .requiredOption('--purpose <name>', 'what for 制作事由: electricity-application 办电申请, meter-transfer 联合过户, dispute 争议处理, …')
    .requiredOption('--case <number>', 'the business case 业务编号')
    .requiredOption('--valid-until <date>', 'last day on which the copy is good, YYYY-MM-DD 有效期截止')
    .option('--maker <name>', 'who makes it 制作者', '运维人员 operator')
    .option('--format <name>', `${formats.join(' or ')}: to verify, or to print 格式：jws 供核验，html 供打印`, 'jws')
    .option('--out <file>', 'write it to a new file instead of printing it; beside a page its signed copy (.jws) 写入新文件')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      const format = formats.find((name) => name === options.format);
      if (!format) throw new HubError('USAGE', `"${options.format}" is none of ${formats.join(', ')} 格式只能是 jws 或 html`);
      const { purpose, case: businessCase, validUntil, maker, out } = options;
      const wish = { purpose, case: caseNumber(businessCase), validUntil, maker };
      // What is printed can only be verified by the signed copy of the same number.
      const signed = out !== undefined && format === 'html' ? `${out.replace(/\.html?$/i, '')}.jws` : null;
      // Before the copy is made, since that is recorded.
      for (const file of [out, signed]) if (typeof file === 'string' && existsSync(file)) throw notWritten(file, 'is there already');
      const made = await copyFor(shell, options, id, wish);
      const text = format === 'jws' ? made.jws : made.html;
      if (out !== undefined) writeNew(out, text);
      if (signed !== null) writeNew(signed, made.jws);
      const { jti: copy, digest } = made.copy;
      const told = { package: id, copy, digest, format, file: out ?? null, signed, content: out === undefined ? text : null };
      outputOf(options).value(told, () =>
        out === undefined
          ? text
          : [out, ...(signed === null ? [] : [`${signed}  to verify it 供核验`]), `copy 加注件 ${copy}`, digest].join('\n'),
      );
    });

  add(program, 'signing-keys', 'the public keys that copies are verified with (JWK Set) 副本验签公钥')
    .option('--rotate', 'let a new key sign from now on; the old ones stay public 更换签名密钥')
    .action(async (options: CommonOptions & { rotate?: boolean }) => {
      const jwks = await publicSigningKeys(shell.config(options.data), { rotate: options.rotate ?? false });
      outputOf(options).value(jwks, (keys) => JSON.stringify(keys, null, 2));
    });
}

/** A hub that runs records what we publish; without one we record it ourselves. */
async function copyFor(shell: Shell, options: CommonOptions, id: string, wish: OperatorWish): Promise<ExportedCopy> {
  const config = shell.config(options.data);
  const withAlone = (alone: boolean) => (hub: Hub) => exportCopy(hub, id, wish, { alone });
  try {
    return await withHub(shell.openExistingHub, config, withAlone(config.kafka === null));
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'DATA_LOCKED') throw error;
    return withHub(shell.openHubForReading, config, withAlone(false));
  }
}

/** As contracts/http/portal.yaml has it. Errors: USAGE. */
function caseNumber(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(text))
    throw new HubError('USAGE', 'a case number is up to 100 letters, digits and . _ : / - 业务编号格式有误');
  return text;
}

const notWritten = (file: string, why: 'is there already' | 'cannot be written', cause?: unknown): HubError =>
  new HubError('USAGE', `${file} ${why} ${why === 'cannot be written' ? '无法写入文件' : '文件已存在，请另取名称'}`, { cause });

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw notWritten(file, (cause as NodeJS.ErrnoException).code === 'EEXIST' ? 'is there already' : 'cannot be written', cause);
  }
}
