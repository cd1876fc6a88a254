// The page that says, before anything else, that nothing here is real.
import type { Simulation } from './simulation.ts';

/** Counting stops here: a page of a million simulated subjects must not keep the server busy. */
const countedAtMost = 5000;

/** Makes the page when first asked for, and keeps it: the simulation never changes. */
export function frontPage(simulation: Simulation, sourceAt: ReadonlyMap<string, string>): () => string {
  let page: string | undefined;
  return () => (page ??= render(simulation, sourceAt));
}

function render(simulation: Simulation, sourceAt: ReadonlyMap<string, string>): string {
  const rows = [...sourceAt].map(
    ([path, source]) =>
      `<tr><td>${escape(source)}</td><td><code>${escape(path)}</code></td><td>${count(simulation.records(source))}</td></tr>`,
  );
  return `<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>模拟登记平台 · Simulated registries</title></head><body>
<h1>这里的一切都是模拟的 · Everything here is simulated</h1>
<p>所有企业、人员、房屋、证照和号码均为虚构，仅供演示与测试。</p>
<p lang="en">Every company, person, house, certificate and number is made up, for demonstration and tests only.</p>
<p>主体数 · Subjects: ${simulation.subjects}</p>
<table><thead><tr><th>来源 · Source</th><th>路径 · Path</th><th>记录数 · Records</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>
</body></html>
`;
}

function count(records: Iterable<object>): string {
  let counted = 0;
  for (const _ of records) if (++counted > countedAtMost) return `&gt; ${countedAtMost}`;
  return String(counted);
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
