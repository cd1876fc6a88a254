// The command line as a whole: every command explains itself, takes the same options, and answers programs in JSON.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { requestStatuses } from '../../services/domain/transfers/request.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeSimulation } from '../../services/simulator/write-files.ts';
import { run, runJson, runOne } from '../support/command.ts';
import { contracts } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Item, Package } from '../../services/domain/packages/judge.ts';
import type { Bilingual } from '../../services/domain/source-contract.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { DemoSummary } from '../../services/hub/demo.ts';

const commands = [
  ['demo'],
  ['start'],
  ['simulate'],
  ['token'],
  ['import'],
  ['identify'],
  ['packages'],
  ['packages', 'show'],
  ['packages', 'history'],
  ['packages', 'explain'],
  ['transfers', 'history'],
  ['recall'],
  ['packages', 'promise'],
  ['packages', 'withdraw-promise'],
  ['consents', 'grant'],
  ['consents', 'revoke'],
  ['consents', 'list'],
  ['consents', 'show'],
  ['verify'],
  ['signing-keys'],
  ['packages', 'export'],
  ['transfers', 'choose'],
  ['transfers', 'queue'],
  ['transfers', 'show'],
  ['supervise'],
  ['supervise', 'report'],
  ['transfers'],
  ['enterprise'],
  ['events'],
  ['replay'],
  ['status'],
  ['backup'],
  ['parked', 'list'],
  ['parked', 'show'],
  ['restore'],
  ['quarantine', 'list'],
  ['quarantine', 'show'],
  ['quarantine', 'redrive'],
  ['person', 'erase'],
  ['person', 'pseudonym'],
  ['rules', 'list'],
  ['rules', 'check'],
  ['rules', 'what-if'],
];

describe('the command line', () => {
  for (const command of commands) {
    it(`explains hub ${command.join(' ')} and its options`, async () => {
      const { code, out, error } = await run([...command, '--help']);
      assert.deepEqual([code, error], [0, []]);
      const help = out.join('\n');
      assert.match(help, new RegExp(`Usage: hub ${command.join(' (\\[options\\] )?(\\[command\\] )?')}`));
      // What a group takes, its commands take too.
      const group = command.length > 1 ? (await run([command[0]!, '--help'])).out.join('\n') : '';
      for (const option of ['--data <dir>', '--json']) assert.ok(help.includes(option) || group.includes(option), option);
      assert.match(help, /[\u4e00-\u9fff]/);
    });
  }

  it('knows no command that is not tested here', async () => {
    const listed = (text: string): string[] =>
      [...text.matchAll(/^ {2}([a-z-]+)(?:\|\w+)? .*$/gm)].map((match) => match[1]!).filter((name) => name !== 'help');
    const top = listed((await run(['--help'])).out.join('\n').split('Commands:')[1]!);
    assert.deepEqual(new Set(top), new Set(commands.map(([name]) => name)));
  });

  it('tells help and version without failing, and says what is wrong with exit code 2', async () => {
    assert.equal((await run(['--help'])).code, 0);
    assert.equal((await run(['--version'])).code, 0);
    for (const args of [
      [],
      ['nothing'],
      ['packages', '--nothing'],
      ['quarantine'],
      ['person'],
      ['events', '--limit', '-1'],
      ['import', 'x'],
    ]) {
      const { code, error } = await run(args);
      assert.equal(code, 2, args.join(' '));
      assert.doesNotMatch(error.join('\n'), /\.ts:\d|node_modules/);
    }
  });
});

describe('hub demo', function () {
  this.timeout(60_000);
  const folder = useTempFolder();

  it('ends by itself with --once and sums up every application type and every outcome of a transfer', async () => {
    const summary = await runOne<DemoSummary>(['demo', '--once', '--data', folder('d')]);
    assert.equal(summary.simulated, true);
    assert.ok(summary.events > 1000);
    assert.ok(summary.quarantined > 0 && summary.invalidated > 0);
    assert.deepEqual(Object.keys(summary.packageTypes).sort(), [...new Set(contracts.packages.map(({ id }) => id))].sort());
    assert.deepEqual(Object.keys(summary.transfers).sort(), [...requestStatuses].sort());
    assert.deepEqual(Object.keys(summary.packages).sort(), ['customer-supplied', 'lapsed', 'mismatch', 'missing', 'verified']);
    assert.match(summary.viewsDigest, /^sha256:[0-9a-f]{64}$/);
  });

  it('gives the same views again from the same seed, in a folder of its own or a new one', async () => {
    const [first, second] = [
      await runOne<DemoSummary>(['demo', '--once', '--subjects', '60']),
      await runOne<DemoSummary>(['demo', '--once', '--subjects', '60', '--data', folder('e')]),
    ];
    assert.equal(second.viewsDigest, first.viewsDigest);
    const again = await runOne<DemoSummary>(['demo', '--once', '--subjects', '60', '--data', folder('e')]);
    assert.deepEqual([again.received, again.viewsDigest], [0, first.viewsDigest]);
  });

  it('speaks to people without --json', async () => {
    const { code, out } = await run(['demo', '--once', '--subjects', '60']);
    assert.equal(code, 0);
    assert.match(out.join('\n'), /模拟.*已核验 verified \d+/s);
  });
});

describe('what the commands print', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  beforeEach(async () => {
    const simulation = createSimulation({ seed: 'printed', subjects: 70, dirty: 0.1 });
    await writeSimulation(simulation, folder('files'));
    for (const source of simulation.sources) await run(['import', source, folder('files', `${source}.jsonl`), '--data', folder('d')]);
  });
  const json = <T>(...args: string[]): Promise<T[]> => runJson<T>([...args, '--data', folder('d')]);

  it('is one JSON object a line, and a table for people', async () => {
    for (const command of ['packages', 'transfers', 'events', 'status']) {
      assert.ok((await json(command)).length > 0, command);
      const { code, out } = await run([command, '--data', folder('d')]);
      assert.equal(code, 0);
      assert.ok(out.join('\n').length > 0);
    }
  });

  it('lists what fits every filter, and pages through all of it', async () => {
    const all = await json<Package>('packages', '--limit', '1000');
    for (const [name, of] of [
      ['type', (pack: Package) => pack.type],
      ['status', (pack: Package) => pack.status],
      ['subject', (pack: Package) => pack.subject.id],
      ['premises', (pack: Package) => pack.premises],
    ] as const) {
      const value = of(all[0]!);
      const found = await json<Package>('packages', `--${name}`, value, '--limit', '1000');
      assert.deepEqual(
        found,
        all.filter((pack) => of(pack) === value),
        name,
      );
    }
    const both = await json<Package>('packages', '--status', 'verified', '--type', 'transfer', '--limit', '1000');
    assert.deepEqual(
      both,
      all.filter((pack) => pack.status === 'verified' && pack.type === 'transfer'),
    );
    const paged: Package[] = [];
    for (;;) {
      const page = await json<Package>('packages', '--limit', '7', ...(paged.length > 0 ? ['--after', paged.at(-1)!.id] : []));
      paged.push(...page);
      if (page.length < 7) break;
    }
    assert.deepEqual(paged, all);
    const [request] = await json<TransferRequest>('transfers', '--status', 'blocked');
    assert.ok(request!.blocks.length > 0);
  });

  it('shows one package with every item explained by event and rule', async () => {
    const [pack] = await json<Package>('packages', '--type', 'high-voltage', '--status', 'verified');
    interface Shown extends Package {
      title: Bilingual;
      fresh: boolean;
      staleSources: string[];
      items: (Item & {
        title: Bilingual;
        trueFrom: string;
        learntAt: string;
        ruleText: Bilingual;
        freshness: { source: string };
        statusTitle: Bilingual;
      })[];
    }
    const [shown] = await json<Shown>('packages', 'show', pack!.id);
    const told = shown!.items.map(({ title, trueFrom, learntAt, ruleText, freshness, statusTitle, ...item }) => {
      assert.ok(title.zh.length > 0 && ruleText.zh.length > 0 && Date.parse(learntAt) > 0);
      assert.ok(freshness.source.length > 0 && statusTitle.zh.length > 0);
      return { ...item, validFrom: Date.parse(trueFrom) };
    });
    const { title, fresh, staleSources, ...rest } = shown!;
    assert.deepEqual([fresh, staleSources], [true, []]);
    assert.equal(title.zh, '高压新装/增容');
    assert.deepEqual({ ...rest, items: told }, pack);
    for (const item of shown!.items) {
      assert.match(item.rule.id, /^[a-z-]+$/);
      assert.ok(item.rule.version >= 1);
      if (item.event !== null)
        assert.equal(
          (await json<{ id: string }>('events', '--limit', '100000')).some(({ id }) => id === item.event),
          true,
        );
    }
    assert.equal((await run(['packages', 'show', 'none', '--data', folder('d')])).code, 2);
  });

  it('reads events by subject, family, type, time and place, each page where the last one ended', async () => {
    interface Printed {
      position: number;
      type: string;
      subject: string;
      time: string;
      data: object;
    }
    const all = await json<Printed>('events', '--limit', '100000');
    assert.deepEqual(
      all.map(({ position }) => position),
      all.map((_, i) => i + 1),
    );
    const { subject, type } = all[5]!;
    assert.deepEqual(
      await json('events', '--subject', subject),
      all.filter((event) => event.subject === subject),
    );
    assert.deepEqual(
      await json('events', '--type', type, '--limit', '100000'),
      all.filter((event) => event.type === type),
    );
    assert.deepEqual(
      await json('events', '--family', 'meter-account', '--limit', '100000'),
      all.filter((event) => event.type.startsWith('meter-account.')),
    );
    assert.deepEqual(
      await json('events', '--from', '2025-01-01', '--to', '2025-02-01', '--limit', '100000'),
      all.filter(({ time }) => time >= '2024-12-31T16:00:00.000Z' && time <= '2025-01-31T16:00:00.000Z'),
    );
    assert.deepEqual(await json('events', '--after', '10', '--limit', '5'), all.slice(10, 15));
    assert.equal((await run(['events', '--limit', '0', '--data', folder('d')])).code, 0);
    for (const args of [
      ['--family', 'nothing'],
      ['--from', 'yesterday'],
      ['--to', '2025-02-30'],
    ])
      assert.equal((await run(['events', ...args, '--data', folder('d')])).code, 2);
  });

  it('redrives a refused record that was corrected, once', async () => {
    interface Refused {
      id: string;
      source: string;
      reason: string;
      field: string;
      state: string;
      content: Record<string, unknown>;
    }
    const [told] = createSimulation({ seed: 'redrive', subjects: 5 }).records('business-licence');
    const record: Record<string, unknown> = { ...told, ENTNAME: '' };
    writeFileSync(folder('bad.jsonl'), `${JSON.stringify(record)}\n`);
    const before = new Set((await json<Refused>('quarantine', 'list')).map(({ id }) => id));
    await run(['import', 'business-licence', folder('bad.jsonl'), '--data', folder('d')]);
    const refused = (await json<Refused>('quarantine', 'list')).find(({ id }) => !before.has(id))!;
    assert.deepEqual([refused.source, refused.field], ['business-licence', 'name']);
    const [sealed] = await json<{ content: string }>('quarantine', 'show', refused.id);
    assert.equal(sealed!.content, 'sealed', 'what names persons is not shown to whoever asks');
    const [shown] = await json<Refused>('quarantine', 'show', refused.id, '--purpose', '核查');
    assert.equal(shown!.content['UNISCID'], record['UNISCID']);
    assert.ok(!('JBR' in shown!.content));
    const redrive = (...set: string[]) => run(['quarantine', 'redrive', refused.id, '--data', folder('d'), '--json', ...set]);
    assert.equal((await redrive()).code, 2);
    assert.equal((await redrive('--set', 'JBR=模拟')).code, 2);
    assert.equal((await redrive('--set', 'ENTNAME')).code, 2);
    const { code, out } = await redrive('--set', 'ENTNAME=模拟更正（测试）有限公司');
    assert.equal(code, 0);
    const { event } = JSON.parse(out[0]!) as { event: string };
    const [kept] = (await json<{ id: string; data: { name: string } }>('events', '--subject', String(record['UNISCID']))).filter(
      ({ id }) => id === event,
    );
    assert.equal(kept!.data.name, '模拟更正（测试）有限公司');
    assert.equal((await json<Refused>('quarantine', 'list')).find(({ id }) => id === refused.id)!.state, 'redriven');
    assert.equal((await redrive('--set', 'ENTNAME=模拟')).code, 2);
    assert.equal((await runOne<{ same: boolean }>(['replay', '--data', folder('d')])).same, true);
  });

  it('says what identifiers are, of arguments and of lines', async () => {
    const { out } = await run(['identify', '-', '--json'], { input: '91110108XX000001\n\n11010119700101777X\n' });
    const verdicts = out
      .join('\n')
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      verdicts.map(({ input }) => input),
      ['91110108XX000001', '11010119700101777X'],
    );
    for (const verdict of verdicts) assert.deepEqual(Object.keys(verdict), ['input', 'kind', 'valid', 'normalised', 'warnings']);
  });
});
