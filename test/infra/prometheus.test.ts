// infra/prometheus: alerts on metrics that there are, with labels that they have, each explained.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { utilityStateTitles } from '../../services/domain/transfers/life.ts';
import { createMetrics } from '../../services/hub/metrics.ts';
import { serviceNames } from '../../services/hub/services.ts';
import { countMatters } from '../../services/hub/supervising.ts';
import { projectRoot } from '../support/project.ts';
import { readInfra, readYaml } from './files.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string };
}

const rules = (readYaml('prometheus', 'alerts.yaml') as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const start = readFileSync(join(projectRoot, 'services', 'hub', 'start.ts'), 'utf8');
const words =
  'by on and or unless max min sum rate increase changes absent histogram_quantile max_over_time service source operation le instance outcome status utility state level'.split(
    ' ',
  );

/** What a running hub tells of itself, each metric with the labels and values seen. */
async function told(): Promise<string> {
  const metrics = createMetrics();
  metrics.watch(serviceNames.map((name) => ({ name, waitingFor: () => null, restarts: () => 0, done: Promise.resolve() })));
  for (const [, name] of start.matchAll(/metrics\.gauge\('(\w+)'/g)) metrics.gauge(name!, 'x', async () => 1);
  const event = (type: string): HubEvent => ({ type, source: 'business-licence' }) as HubEvent;
  const log = metrics.counted({ publish: async (_events: HubEvent[]) => '', recorded: async () => undefined });
  await log.publish([event('business-licence.registered'), event('quarantine.added')]);
  metrics.recorded([event('business-licence.registered')], ['recorded']);
  for (const name of ['projector', 'dispatcher', 'supervisor'] as const) metrics.leads(name, true);
  // As the dispatcher and the supervisor tell them.
  metrics.queued('electricity', Object.fromEntries(Object.keys(utilityStateTitles).map((state) => [state, 1])));
  metrics.matters(() => countMatters({ views: { count: async () => ({ '': 1 }) } as unknown as ViewStore }));
  metrics.answered({ operationId: 'listPackages', status: 503, ms: 3 });
  metrics.answered({ operationId: null, status: 401, ms: 3 });
  return (await metrics.text()).text;
}

describe('infra/prometheus', () => {
  it('asks only for metrics that the hub tells', async () => {
    const text = await told();
    const names = new Set([...text.matchAll(/^(\w+)(?:\{| )/gm)].map((match) => match[1]!));
    let asked = 0;
    for (const { alert, expr } of rules) {
      const bare = expr.replaceAll(/"[^"]*"|\[[^\]]*\]|\{[^}]*\}/g, '').replaceAll(/\b\d[\w.]*/g, '');
      for (const [name] of bare.matchAll(/\b[a-z_]\w*\b/g)) {
        if (words.includes(name)) continue;
        assert.ok(names.has(name), `${alert}: ${name}`);
        asked++;
      }
    }
    assert.ok(asked >= rules.length);
  });

  it('picks them by labels and values that they have', async () => {
    const lines = (await told()).split('\n');
    for (const { alert, expr } of rules)
      for (const [, name, selectors] of expr.matchAll(/(\w+)\{([^}]*)\}/g))
        for (const [, label, kind, value] of selectors!.matchAll(/(\w+)(=~?)"([^"]*)"/g)) {
          const wanted = new RegExp(
            `^${name!}\\{(?:.*,)?${label!}="${kind === '=' ? value!.replaceAll('.', '\\.') : `(?:${value!})`}"[,}]`,
          );
          assert.ok(
            lines.some((line) => wanted.test(line)),
            `${alert}: ${name}{${label}${kind}"${value}"}`,
          );
        }
  });

  it('is told in both languages, and graded', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, labels, annotations } of rules) {
      assert.match(alert, /^Hub[A-Z]\w+$/);
      assert.ok(['page', 'note'].includes(labels.severity), alert);
      assert.match(annotations.summary, /[a-z].*\p{Script=Han}/u, alert);
    }
    const gone = rules.find(({ alert }) => alert === 'HubServiceGone')!.expr;
    for (const name of serviceNames) assert.ok(gone.includes(`"${name}"`), name);
  });

  it('has a line in the README for each metric, and for no other', async () => {
    const [, section] = /## What to watch\n(.*?)\n## /s.exec(readInfra('README.md'))!;
    const explained = [...section!.matchAll(/`(hub_\w+)`/g)].map((match) => match[1]!);
    const names = [...(await told()).matchAll(/^# TYPE (hub_\w+) /gm)].map((match) => match[1]!);
    assert.deepEqual(explained.toSorted(), names.toSorted());
  });

  it('has a line in the README for each alert that says what to do, and for no other', () => {
    const rows = [...readInfra('README.md').matchAll(/^\| `(Hub\w+)` \| .{20,} \|$/gm)].map((match) => match[1]!);
    assert.deepEqual(rows.toSorted(), rules.map(({ alert }) => alert).toSorted());
  });
});
