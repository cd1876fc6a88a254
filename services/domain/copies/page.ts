// A copy as one page to print (A4): all of it in one HTML text, without scripts, Chinese first.
import { acceptanceTitles, promiseTitles } from '../packages/acceptance.ts';
import { clerkTime } from '../time.ts';
import { ruleKey } from './copy.ts';
import { valueOf } from './values.ts';
import type { Item, Status } from '../packages/judge.ts';
import type { Bilingual } from '../source-contract.ts';
import type { Copy } from './copy.ts';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text for HTML. What turns the direction of writing, or cannot be seen, is shown as a replacement character. */
const escaped = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd').replace(/[&<>"']/g, (character) => escapes[character]!);
/** Long names and addresses are cut, so that the page stays one. */
const clipped = (text: string, most: number): string => escaped(text.length > most ? `${text.slice(0, most - 1)}…` : text);
const english = (text: string, most: number): string => (text === '' ? '' : ` <span class="en">${clipped(text, most)}</span>`);
const both = ({ zh, en }: Bilingual, most = 40): string => `${clipped(zh, most)}${english(en, 2.5 * most)}`;
const code = (text: string, most: number): string => `<span class="code">${clipped(text, most)}</span>`;

/** What the QR code of a copy says: the copy's id, and the digest of the package in it. */
export const qrText = ({ jti, digest }: Pick<Copy, 'jti' | 'digest'>): string => `urn:uuid:${jti}?digest=${digest}`;

/** The style of the page, whose hash its Content-Security-Policy may allow. */
export const pageStyle = `
@page { size: A4; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 186mm; font: 9.5pt/1.35 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #111; overflow-wrap: anywhere; }
header { display: flex; justify-content: space-between; gap: 6mm; border-bottom: 1.5pt solid #111; padding-bottom: 2mm; }
h1 { font-size: 17pt; margin: 0; } header p { margin: 2mm 0 0; } .en { color: #444; font-size: 0.85em; }
.qr { width: 30mm; flex: none; text-align: center; font-size: 7.5pt; line-height: 1.2; } .qr svg { width: 100%; display: block; }
table { border-collapse: collapse; width: 100%; margin: 3mm 0; } th, td { border: 0.5pt solid #666; text-align: left; vertical-align: top; padding: 0.7mm 2mm; }
.about th { width: 36mm; background: #f2f2f2; font-weight: 600; } .items th { background: #f2f2f2; } .items td:first-child { width: 38mm; } .items td:nth-child(2) { width: 27mm; }
.good, .bad { font-weight: 700; } .bad { color: #a00; } .about .whole { font-size: 12pt; }
.mark { border: 1.5pt solid #a00; color: #a00; padding: 2mm 3mm; } .mark p { margin: 0; } .mark strong { font-size: 12pt; }
.over { position: fixed; inset: 0; z-index: -1; display: flex; align-items: center; justify-content: center; text-align: center; transform: rotate(-28deg); font-size: 26pt; line-height: 1.5; color: rgba(170, 0, 0, 0.10); }
.code { font: 8pt/1.3 ui-monospace, monospace; } .dense { font-size: 8pt; line-height: 1.2; } .dense .code { font-size: 7pt; } .crowded { font-size: 7.5pt; line-height: 1.15; } .crowded h1 { font-size: 13pt; } .crowded td .en, .crowded footer .en { display: none; } footer { margin-top: 3mm; color: #333; } footer p { margin: 0 0 1mm; }
@media print { * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } footer, .mark, tr { break-inside: avoid; } }
`;

/** The page of a copy. `qr` is the SVG of {@link qrText}; everything else that comes from outside is escaped. */
export function pageOf(copy: Copy, qr: string): string {
  const { copy: mark, texts, package: pack, subject, premises, freshness } = copy;
  const purpose = texts.purpose;
  const row = (title: Bilingual, value: string): string => `<tr><th>${both(title)}</th><td>${value}</td></tr>`;
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${clipped(texts.title.zh, 60)} 加注件 ${escaped(copy.jti)}</title>
<style>${pageStyle}</style>
</head>
<body class="${density(copy)}">
<div class="over" aria-hidden="true"><div>仅限用于${clipped(purpose.zh, 14)}<br>业务编号 ${clipped(mark.case, 24)}<br>有效期至 ${escaped(mark.validUntil)}</div></div>
<header>
<div><h1>${clipped(texts.title.zh, 60)}</h1>
<div class="en">${clipped(texts.title.en, 80)}</div>
<p>免提资申请包 · 加注件 <span class="en">Pre-verified application package, purpose-bound copy</span></p></div>
<div class="qr">${qr}副本编号与摘要</div>
</header>
<table class="about">
${row({ zh: '申请主体', en: 'Subject' }, `${nameOf(subject)}<br>${code(subject.id, 80)}`)}
${row({ zh: '用电地址', en: 'Premises' }, `${premises.address === null ? '' : `${clipped(premises.address, 100)}<br>`}${code(premises.key, 80)}`)}
${row({ zh: '核验结论', en: 'Status' }, `<span class="whole">${statusOf(pack.status, freshness.status)}</span>`)}
${row({ zh: '受理条件', en: 'Acceptance' }, acceptanceIn(copy))}
${freshness.stale.length === 0 ? '' : row({ zh: '未及时更新的数据源', en: 'Sources not up to date' }, freshness.stale.map((title) => both(title)).join('；'))}
</table>
<table class="items">
<tr><th>${both({ zh: '材料', en: 'Item' })}</th><th>${both({ zh: '状态', en: 'Status' })}</th><th>${both({ zh: '登记内容、依据的规则与来源', en: 'What is registered, rule and source' })}</th></tr>
${pack.items.map((item) => itemRow(item, copy)).join('\n')}
</table>
<div class="mark">
<p><strong>仅限用于：${clipped(purpose.zh, 30)}</strong> <span class="en">for this purpose only: ${clipped(purpose.en, 60)}</span></p>
<p>业务编号 <span class="en">Case</span> ${clipped(mark.case, 100)} · 有效期至 <span class="en">Valid until</span> ${escaped(mark.validUntil)}</p>
<p>制作者 <span class="en">Maker</span> ${clipped(mark.maker, 60)} · 制作时间 <span class="en">Made at</span> ${clerkTime(Date.parse(mark.madeAt), 'zh')}（北京时间）</p>
<p>使用方 <span class="en">Given to</span> ${clipped(mark.consumer, 60)} · 依据 <span class="en">Basis</span> ${clipped(mark.basis, 140)}</p>
</div>
<footer>
<p>他用无效。数据截至事件库第 ${mark.position} 号事件，按 ${escaped(mark.date)} 判断。
<span class="en">Void for any other use. As of event ${mark.position}, judged on ${escaped(mark.date)}.</span></p>
<p><strong>如何核验</strong>：打印件本身不带电子签名，以同一编号的电子签名副本为准。在任一电脑上执行 hub verify 〈副本文件〉 --jwks 〈公钥文件或网址〉（公钥在门户的 /.well-known/jwks.json），应显示“副本有效”，且编号、摘要与本页及二维码一致。
<span class="en">How to verify: the print bears no signature; the signed copy of the same number counts. hub verify, or any JOSE library with the public keys, must find it good, with this number and digest, which the QR code repeats.</span></p>
<p>副本编号 <span class="en">Copy</span> ${code(copy.jti, 40)}<br>摘要 <span class="en">Digest</span> ${code(copy.digest, 80)}<br>申请包 <span class="en">Package</span> ${code(pack.id, 160)}</p>
</footer>
</body>
</html>
`;
}

/** By how much there is to say; four items of shipped contracts weigh about 32 and fill nine tenths of a page in the usual size. */
function density({ package: { items, acceptance }, texts, freshness, copy, subject, premises }: Copy): string {
  const notices = items.reduce((sum, item) => sum + item.notices.length, 0);
  const names = [subject.name, premises.address, copy.maker, copy.case, copy.basis].join('').length;
  const titles = Object.values({ ...texts.items, ...texts.rules }).reduce((sum, title) => sum + (title?.zh.length ?? 0), 0);
  const weight = 5 * items.length + 2 * (notices + acceptance.promises.length + freshness.stale.length) + (names + titles) / 20;
  return weight > 60 ? 'dense crowded' : weight > 40 ? 'dense' : 'roomy';
}

/** A person whose key was destroyed has no name any more, wherever it is read. */
const nameOf = ({ kind, name }: Copy['subject']): string =>
  name !== null
    ? clipped(name, 80)
    : kind === 'person'
      ? both({ zh: '（姓名不可读：未载明或个人信息已删除）', en: 'name not stated, or erased' })
      : both({ zh: '（名称未载明）', en: 'name not stated' });

const signs: Record<Status, string> = { verified: '✓', 'customer-supplied': '○', missing: '✗', mismatch: '✗', lapsed: '✗' };

/** Told by sign and weight too, since most printers know no colour. What is not required and not there is no fault. */
function statusOf(status: Status, title: Bilingual, required = true): string {
  if (status === 'missing' && !required) return `– ${both(title)}`;
  return `<span class="${signs[status] === '✗' ? 'bad' : 'good'}">${signs[status]} ${both(title)}</span>`;
}

function acceptanceIn({ package: { acceptance }, texts }: Copy): string {
  const promises = acceptance.promises.map(
    ({ item, deadline, state }) =>
      `${both(titleIn(texts.items, item), 24)} 承诺 <span class="en">promised by</span> ${escaped(deadline)} ${both(promiseTitles[state])}`,
  );
  return [both(acceptanceTitles[acceptance.state]), ...promises].join('<br>');
}

function itemRow(item: Item, { texts, freshness }: Copy): string {
  const key = ruleKey(item.rule);
  const rule = texts.rules[key];
  const source = item.event === null ? undefined : texts.sources[item.event];
  const value = valueOf(item);
  const facts = [
    ...(value === null ? [] : [both(value, 50)]),
    ...(item.validUntil === null ? [] : [`有效期至 <span class="en">until</span> ${clipped(item.validUntil, 10)}`]),
  ];
  const lines = [
    ...(facts.length === 0 ? [] : [facts.join(' · ')]),
    `规则 <span class="en">Rule</span> ${rule ? both(rule, 44) : ''} ${code(key, 80)}`,
    ...(item.event === null
      ? []
      : [`来源 <span class="en">Source</span> ${source ? both(source) : ''} <span class="code">${clipped(item.event, 40)}</span>`]),
    ...item.notices.map((notice) => {
      const text = texts.rules[ruleKey(notice)];
      return `提示 <span class="en">Notice</span> ${text ? both(text, 36) : clipped(ruleKey(notice), 60)}`;
    }),
  ];
  const needed = item.required ? '' : '<br>非必需 <span class="en">not required</span>';
  const status = statusOf(item.status, freshness.items[item.id] ?? titleIn(texts.statuses, item.status), item.required);
  return `<tr><td>${both(titleIn(texts.items, item.id))}${needed}</td><td>${status}</td><td>${lines.join('<br>')}</td></tr>`;
}

const titleIn = (titles: Readonly<Record<string, Bilingual>>, id: string): Bilingual => titles[id] ?? { zh: id, en: '' };
