// Commands that keep a copy: backup, restore.
import { publicKeysName } from '../hub/backup-manifest.ts';
import { backupHub } from '../hub/backup.ts';
import { restoreHub } from '../hub/restore.ts';
import { addCommand as add } from './shell.ts';
import type { Command } from 'commander';
import type { Manifest } from '../hub/backup-manifest.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

type Options = CommonOptions & { keys?: string };

export function addBackupCommands(program: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  add(program, 'backup <dir>', 'back up events, cursors and keys, also while the hub runs 备份（运行中亦可）')
    .option(
      '--keys <dir>',
      "where the keys of persons go (default: a folder `keys` in it); a person's key in a backup is not erased 个人信息密钥的存放处",
    )
    .action(async (directory: string, options: Options) => {
      const backup = await backupHub(shell.config(options.data), directory, {
        version: shell.version,
        stop: shell.stop,
        ...(options.keys === undefined ? {} : { keys: options.keys }),
      });
      outputOf(options).value({ backup: directory, keys: backup.keys, ...backup.manifest }, (told) =>
        [
          `backed up 已备份 ${told.backup}: ${partsOf(told)}${eventsOf(told)}; views are not in it, they rebuild 视图可重建，不在其中`,
          ...(told.keys === null
            ? []
            : [`keys of persons 个人信息密钥 ${told.keys}: keep them apart, and not for ever 应单独保管、限期销毁`]),
          ...(holdsPublicKeys(told) ? ['of the signing keys only the public halves 签名密钥仅备份公钥，私钥不在其中'] : []),
          ...elsewhere(told),
        ].join('\n'),
      );
    });

  add(program, 'restore <dir>', 'restore a backup into a new data directory 恢复备份')
    .option(
      '--keys <dir>',
      'where the keys of persons are (default: a folder `keys` in it); those of a later backup fit too 个人信息密钥所在',
    )
    .action(async (directory: string, options: Options) => {
      const data = shell.config(options.data).dataDirectory;
      const { manifest } = await restoreHub(directory, data, {
        stop: shell.stop,
        ...(options.keys === undefined ? {} : { keys: options.keys }),
      });
      outputOf(options).value({ restored: data, ...manifest }, (told) =>
        [
          `restored 已恢复 ${told.restored}: ${partsOf(told)}${eventsOf(told)}, as of 截至 ${told.begun}`,
          ...(holdsPublicKeys(told)
            ? [
                'copies given before verify as they did; new ones are signed with a new key: hand out hub signing-keys again 原副本仍可核验，此后用新密钥签名，请重新分发公钥',
              ]
            : []),
          `run hub replay --data ${told.restored} next: it rebuilds the views 请执行 hub replay 重建视图`,
          ...elsewhere(told),
        ].join('\n'),
      );
    });
}

const holdsPublicKeys = ({ files }: Manifest): boolean => files.some(({ name }) => name === publicKeysName);
const partsOf = ({ files }: Manifest): string => files.map(({ name }) => name.replace(/\.(sqlite|json)$/, '')).join(', ');
const eventsOf = ({ events }: Manifest): string => (events === null ? '' : `, ${events} events 事件`);
const elsewhere = (told: Manifest): string[] =>
  told.elsewhere.map(({ part, engine }) => `${part} is in ${engine}, to be backed up with its own means 请用其自身工具备份`);
