// `hub packages export`, `hub signing-keys`: signed, purpose-bound copies (加注件), and the keys that sign them.
import { writeFileSync } from 'node:fs';
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
    .requiredOption('--purpose <name>', 'what for, e.g. electricity-application 制作事由')
    .requiredOption('--case <number>', 'the business case 业务编号')
    .requiredOption('--valid-until <date>', 'last day on which the copy is good 有效期截止')
    .option('--maker <name>', 'who makes it 制作者', '运维人员 operator')
    .option('--format <name>', `${formats.join(' or ')}: to verify, or to print`, 'jws')
    .option('--out <file>', 'write it to a new file instead of printing it')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      const format = formats.find((name) => name === options.format);
      if (!format) throw new HubError('USAGE', `"${options.format}" is none of ${formats.join(', ')}`);
      const { purpose, case: businessCase, validUntil, maker, out } = options;
      const made = await copyFor(shell, options, id, { purpose, case: caseNumber(businessCase), validUntil, maker });
      const text = format === 'jws' ? made.jws : made.html;
      if (out !== undefined) writeNew(out, text);
      const { jti: copy, digest } = made.copy;
      outputOf(options).value({ package: id, copy, digest, format, file: out ?? null, content: out === undefined ? text : null }, () =>
        out === undefined ? text : `${out}\ncopy 加注件 ${copy}\n${digest}`,
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

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new HubError('USAGE', `${file} ${there ? 'is there already' : 'cannot be written'} 无法写入文件`, { cause });
  }
}
