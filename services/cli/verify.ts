// `hub verify`: whether a signed copy of a package is good, and what it says for whom.
import { valueOf } from '../domain/copies/values.ts';
import { verifyFile } from '../hub/verify.ts';
import { addCommand as add } from './shell.ts';
import type { Command } from 'commander';
import type { Copy } from '../domain/copies/copy.ts';
import type { Item } from '../domain/packages/judge.ts';
import type { Bilingual } from '../domain/source-contract.ts';
import type { VerifiedCopy } from '../hub/verify.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

const problemTexts: Record<VerifiedCopy['problems'][number], Bilingual> = {
  malformed: { zh: '不是申请包加注件', en: 'this is no copy of a package' },
  altered: { zh: '已被篡改：签名不符', en: 'altered: the signature does not hold' },
  'key-unknown': { zh: '签名密钥不在公钥之列', en: 'signed with a key that is not among the public keys' },
  digest: { zh: '申请包与其摘要不符', en: 'the package does not fit its digest' },
  expired: { zh: '已过有效期', en: 'expired' },
};

/** `tell` hears whether the copy was good. */
export function addVerifyCommand(
  program: Command,
  shell: Shell,
  outputOf: (options: CommonOptions) => Output,
  tell: (good: boolean) => void,
): void {
  add(program, 'verify <file>', 'verify a signed copy of a package; ends with 1 when it is not good 核验加注件')
    .option('--jwks <file|url>', 'the public keys (default: those of the data directory) 公钥')
    .action(async (file: string, options: CommonOptions & { jwks?: string }) => {
      const config = shell.config(options.data);
      const { problems, copy, kid } = await verifyFile(file, { jwks: options.jwks, config, now: (shell.now ?? Date.now)() });
      const good = problems.length === 0;
      const found = { good, problems: problems.map((code) => ({ code, ...problemTexts[code] })), kid, copy };
      outputOf(options).value(found, () =>
        [
          ...(good ? ['✓ 副本有效 the copy is good'] : problems.map((code) => `✗ ${problemTexts[code].zh} ${problemTexts[code].en}`)),
          ...(!good && /\.html?$/i.test(file)
            ? ['  打印页不带签名，请核验同一编号的 .jws 文件 a page bears no signature; verify the .jws file of its number']
            : []),
          ...(copy === null ? [] : linesOf(copy)),
        ].join('\n'),
      );
      tell(good);
    });
}

const told = ({ zh, en }: Bilingual): string => `${zh} ${en}`.trim();

/** Copies of earlier versions do not say how fresh their sources were. */
function linesOf({ jti, copy, texts, package: pack, subject, premises, digest, ...rest }: Copy): string[] {
  const { freshness } = rest as Partial<Pick<Copy, 'freshness'>>;
  const titled = (titles: Readonly<Record<string, Bilingual>>, id: string): string => (titles[id] ? told(titles[id]) : id);
  const valueIn = (item: Item): string => {
    const value = valueOf(item);
    return value === null ? '' : told(value);
  };
  return [
    `${told(texts.title)}  ${freshness ? told(freshness.status) : titled(texts.statuses, pack.status)}`,
    `  申请主体 subject  ${subject.name ?? ''} ${subject.id}`,
    `  用电地址 premises  ${premises.address ?? ''} ${premises.key}`,
    ...pack.items.map((item) => {
      const status = freshness?.items[item.id];
      return `  ${status ? told(status) : titled(texts.statuses, item.status)}  ${titled(texts.items, item.id)}  ${valueIn(item)}`;
    }),
    ...(freshness && freshness.stale.length > 0
      ? [`  未及时更新的数据源 sources not up to date  ${freshness.stale.map(told).join('；')}`]
      : []),
    `  制作事由 purpose  ${texts.purpose.zh} ${texts.purpose.en}`,
    `  业务编号 case  ${copy.case}`,
    `  有效期至 valid until  ${copy.validUntil}`,
    `  制作者 maker  ${copy.maker}  ${copy.madeAt}`,
    `  使用方 given to  ${copy.consumer}`,
    `  依据 basis  ${copy.basis}`,
    `  截至事件 as of event  ${copy.position}  ${copy.date}`,
    `  ${digest}`,
    `  ${jti}`,
  ];
}
