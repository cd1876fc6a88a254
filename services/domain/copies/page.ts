// A copy as one page to print (A4): all of it in one HTML text, without scripts, Chinese first.
import { ruleKey } from './copy.ts';
import type { Item } from '../packages/judge.ts';
import type { Bilingual } from '../source-contract.ts';
import type { Copy } from './copy.ts';

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text for HTML. What turns the direction of writing, or cannot be seen, is shown as a replacement character. */
const escaped = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd').replace(/[&<>"']/g, (character) => escapes[character]!);
/** Long names and addresses are cut, so that the page stays one. */
const clipped = (text: string, most: number): string => escaped(text.length > most ? `${text.slice(0, most - 1)}…` : text);
const both = ({ zh, en }: Bilingual): string => `${clipped(zh, 40)} <span class="en">${clipped(en, 60)}</span>`;

/** What the QR code of a copy says: the copy's id, and the digest of the package in it. */
export const qrText = ({ jti, digest }: Pick<Copy, 'jti' | 'digest'>): string => `urn:uuid:${jti}?digest=${digest}`;

/** The style of the page, whose hash its Content-Security-Policy may allow. */
export const pageStyle = `
@page { size: A4; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 186mm; font: 9.5pt/1.35 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #111; }
header { display: flex; justify-content: space-between; gap: 6mm; border-bottom: 1.5pt solid #111; padding-bottom: 3mm; }
h1 { font-size: 17pt; margin: 0; } .en { color: #444; font-size: 0.85em; } .qr { width: 30mm; flex: none; } .qr svg { width: 100%; display: block; }
table { border-collapse: collapse; width: 100%; margin: 3mm 0; } th, td { border: 0.5pt solid #666; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th, td { padding: 0.7mm 2mm; }
.about th { width: 32mm; background: #f2f2f2; font-weight: 600; } .items th { background: #f2f2f2; } .items td:first-child { width: 38mm; } .items td:nth-child(2) { width: 24mm; }
.mark { position: relative; border: 1.5pt solid #a00; color: #a00; padding: 2mm 3mm; } .mark p { margin: 0; } .mark strong { font-size: 12pt; }
.over { position: fixed; inset: 0; z-index: -1; display: flex; align-items: center; justify-content: center; text-align: center; transform: rotate(-28deg); font-size: 26pt; line-height: 1.5; color: rgba(170, 0, 0, 0.10); }
.code { font: 8pt/1.3 ui-monospace, monospace; overflow-wrap: anywhere; } .dense { font-size: 8pt; line-height: 1.2; } .dense .code { font-size: 7pt; } footer { font-size: 8.5pt; color: #333; }
@media print { * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } footer, .mark, tr { break-inside: avoid; } }
`;

/** The page of a copy. `qr` is the SVG of {@link qrText}; everything else that comes from outside is escaped. */
export function pageOf(copy: Copy, qr: string): string {
  const { copy: mark, texts, package: pack, subject, premises } = copy;
  const purpose = texts.purpose;
  const row = (title: Bilingual, value: string): string => `<tr><th>${both(title)}</th><td>${value}</td></tr>`;
  const name = subject.name === null ? '' : `${clipped(subject.name, 80)}<br>`;
  const address = premises.address === null ? '' : `${clipped(premises.address, 100)}<br>`;
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${clipped(texts.title.zh, 60)} 加注件 ${escaped(copy.jti)}</title>
<style>${pageStyle}</style>
</head>
<body${pack.items.length > 4 ? ' class="dense"' : ''}>
<div class="over" aria-hidden="true"><div>仅限用于${clipped(purpose.zh, 30)}<br>业务编号 ${clipped(mark.case, 40)}<br>有效期至 ${escaped(mark.validUntil)}</div></div>
<header>
<div><h1>${clipped(texts.title.zh, 60)}</h1>
<div class="en">${clipped(texts.title.en, 80)}</div>
<p>免提资申请包 · 加注件 <span class="en">Pre-verified application package, purpose-bound copy</span></p></div>
<div class="qr">${qr}</div>
</header>
<table class="about">
${row({ zh: '申请主体', en: 'Subject' }, `${name}<span class="code">${clipped(subject.id, 80)}</span>`)}
${row({ zh: '用电地址', en: 'Premises' }, `${address}<span class="code">${clipped(premises.key, 80)}</span>`)}
${row({ zh: '状态', en: 'Status' }, both(titleIn(texts.statuses, pack.status)))}
</table>
<table class="items">
<tr><th>${both({ zh: '材料', en: 'Item' })}</th><th>${both({ zh: '状态', en: 'Status' })}</th><th>${both({ zh: '依据的规则与来源', en: 'Rule and source' })}</th></tr>
${pack.items.map((item) => itemRow(item, copy)).join('\n')}
</table>
<div class="mark">
<p><strong>仅限用于：${clipped(purpose.zh, 30)}</strong> <span class="en">for this purpose only: ${clipped(purpose.en, 60)}</span></p>
<p>业务编号 <span class="en">Case</span> ${clipped(mark.case, 100)} · 有效期至 <span class="en">Valid until</span> ${escaped(mark.validUntil)}</p>
<p>制作者 <span class="en">Maker</span> ${clipped(mark.maker, 60)} · 制作时间 <span class="en">Made at</span> ${escaped(mark.madeAt)}</p>
<p>使用方 <span class="en">Given to</span> ${clipped(mark.consumer, 60)} · 依据 <span class="en">Basis</span> ${clipped(mark.basis, 140)}</p>
</div>
<footer>
<p>他用无效。数据截至事件库第 ${mark.position} 号事件，按 ${escaped(mark.date)} 判断。电子签名副本可用公钥离线核验（hub verify）。
<span class="en">Void for any other use. As of event ${mark.position}, judged on ${escaped(mark.date)}. The signed copy can be verified offline with the public keys.</span></p>
<p class="code">${clipped(pack.id, 160)}<br>${escaped(copy.digest)}<br>${escaped(copy.jti)}</p>
</footer>
</body>
</html>
`;
}

function itemRow(item: Item, { texts }: Copy): string {
  const key = ruleKey(item.rule);
  const rule = texts.rules[key];
  const source = item.event === null ? undefined : texts.sources[item.event];
  const facts = [
    ...(item.value === null ? [] : [clipped(item.value, 50)]),
    ...(item.validUntil === null ? [] : [`有效期至 <span class="en">until</span> ${clipped(item.validUntil, 10)}`]),
  ];
  const lines = [
    `${rule ? both(rule) : ''} <span class="code">${clipped(key, 80)}</span>`,
    ...(item.event === null
      ? []
      : [`来源 <span class="en">Source</span> ${source ? both(source) : ''} <span class="code">${clipped(item.event, 40)}</span>`]),
    ...item.notices.map((notice) => {
      const text = texts.rules[ruleKey(notice)];
      return `提示 <span class="en">Notice</span> ${text ? both(text) : clipped(ruleKey(notice), 60)}`;
    }),
  ];
  const needed = item.required ? '' : '<br><span class="en">非必需 not required</span>';
  return `<tr><td>${both(titleIn(texts.items, item.id))}${needed}</td><td>${both(titleIn(texts.statuses, item.status))}</td><td>${[...(facts.length === 0 ? [] : [facts.join(' · ')]), ...lines].join('<br>')}</td></tr>`;
}

const titleIn = (titles: Readonly<Record<string, Bilingual>>, id: string): Bilingual => titles[id] ?? { zh: id, en: '' };
