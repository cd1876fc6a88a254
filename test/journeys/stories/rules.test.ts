// Stories of rules that change on a day: tried out before, judged by the old until then and by the new from then on, told with their cause.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulesIn, whatWouldFlip } from '../../../services/hub/changed-rules.ts';
import { createMetrics } from '../../../services/hub/metrics.ts';
import { serveApis } from '../../../services/hub/serve-apis.ts';
import { settle } from '../../../services/hub/settle.ts';
import { developmentToken } from '../../../services/hub/token.ts';
import { asHolder, licence, title } from '../../../services/simulator/registers.ts';
import { run, runJson } from '../../support/command.ts';
import { projectRoot } from '../../support/project.ts';
import { silent } from '../../support/silent.ts';
import { useTempFolder } from '../../support/temp-folder.ts';
import { building } from './building.ts';
import { changesOf, companyPackage, itemOf, statuses } from './reading.ts';
import { storyTeller } from './story.ts';
import type { Flip, OutcomeCounts } from '../../../services/projector/what-if.ts';
import type { ReadItem, ReadPackage, Told } from './reading.ts';
import type { Answer, World } from './world.ts';

interface Judged extends ReadPackage {
  contractVersion: number;
  /** Digest of the rules that judged. */
  rules: string;
}
type RuleChange = { date?: string; rules?: string };

/** A company with an office, beside the one that builds; its package is 低压非居民新装. */
function office({ cast }: World) {
  const company = cast.company(1);
  return [licence(cast, company)('设立登记', 0), title(cast, cast.premises(1, '办公'), [asHolder(company)])('100', 25)];
}
const officePackage = async (world: World): Promise<Judged> => (await companyPackage(world, 'low-voltage-business', 1)) as Judged;

const titleOf = (pack: ReadPackage, id: string): string => (itemOf(pack, id) as ReadItem & { title: { zh: string } }).title.zh;

/** The shipped contract, whose examples happen before anything changes. */
const shipped = ({ cast }: World): string =>
  readFileSync(join(projectRoot, 'contracts/packages/low-voltage-business.yaml'), 'utf8').replaceAll(
    /date: \d{4}-\d\d-\d\d/g,
    `date: ${cast.on(0)}`,
  );

/** A further version from a day on, with examples of that day; `strict` wants an approval of everybody. */
function version(world: World, number: number, day: number, { strict }: { strict: boolean }): string {
  const [contract, examples] = shipped(world).split('examples:') as [string, string];
  const from = contract.replace('version: 1', `version: ${number}\neffectiveFrom: ${world.cast.on(day)}`);
  const on = examples.replaceAll(world.cast.on(0), world.cast.on(day));
  if (!strict) return `${from}examples:${on}`;
  const wanted = 'status: verified, items: {licence: verified, premises: verified, approval: missing}';
  assert.ok(from.includes('requiredWhen: governed') && on.includes(wanted));
  return `${from.replace('    requiredWhen: governed\n', '')}examples:${on.replace(wanted, wanted.replace('verified', 'missing'))}`;
}

/** The same as an overlay of a region. */
const overlay = ({ cast }: World, region: string, day: number): string => `extends: low-voltage-business
region: '${region}'
version: 1
effectiveFrom: ${cast.on(day)}
legalBasis: 模拟地方规定
items:
  - id: approval
    promisable: true
    title: {zh: 项目批准文件（本省一律需要）, en: Approval of the project (always in this province)}
    oneOf:
      - {evidence: approval, rules: [approved-for-applicant, approval-in-force]}
`;

/** Services started anew, with the contracts as they are now; the world's own were started with those shipped. */
async function anew(world: World, use: (served: World) => Promise<void>): Promise<void> {
  const { hub } = world;
  await settle(hub);
  const server = await serveApis(hub, ['recorder', 'portal', 'audit'], { logger: silent, metrics: createMetrics(), ready: async () => [] });
  const ask = (base: string, scope: string, consumer: string, purpose: string): World['portal'] => {
    const token = developmentToken(hub.config, [scope], consumer, 3600);
    return async <Body>(path: string): Promise<Answer<Body>> => {
      const headers = { Authorization: `Bearer ${await token}`, Purpose: purpose };
      const response = await fetch(`${server.url}${base}${path}`, { headers });
      return { status: response.status, body: (await response.json()) as Body };
    };
  };
  try {
    await use({
      ...world,
      portal: ask('/portal/v1', 'packages:read', 'application-portal', 'electricity-application'),
      audit: ask('/audit/v1', 'audit:read', 'auditor', 'audit'),
    });
  } finally {
    await server.close();
  }
}

describe('rules that change on a day, as stories', () => {
  const story = storyTeller();
  const folder = useTempFolder();

  /** Writes changed contracts, as somebody would who prepares a change. */
  const draft = (files: Record<string, string>): void => {
    mkdirSync(folder('contracts', 'packages'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(folder('contracts', 'packages', name), text);
  };
  /** The change is made: its examples hold, and every service is started with it. */
  const deploy: Told = async ({ hub }) => {
    Object.assign(hub.contracts, rulesIn(folder('contracts')));
  };
  /** `hub rules what-if`, beside the running hub, as of a day. */
  async function whatIf({ hub, clock, cast }: World, day: number): Promise<{ flips: Flip[]; counts: OutcomeCounts }> {
    const args = ['rules', 'what-if', folder('contracts'), '--at', cast.on(day), '--data', hub.config.dataDirectory];
    const lines = await runJson<Flip | OutcomeCounts>(args, { now: clock.now });
    return { flips: lines.slice(0, -1) as Flip[], counts: lines.at(-1) as OutcomeCounts };
  }
  const flipsTold = ({ flips }: { flips: Flip[] }) => flips.map(({ id, was, wouldBe, outcome, item }) => [id, was, wouldBe, outcome, item]);

  /** Everything about the office that the feed says of rules. */
  async function causes(world: World, id: string) {
    const lines = await changesOf(world, id);
    return lines
      .map(({ was, status, cause }) => [was, status, cause as RuleChange] as const)
      .filter(([, , { rules }]) => rules !== undefined);
  }
  const known: Told = async (world) => {
    await world.tell(...building(world.cast).told, ...office(world));
    await world.until(140);
  };

  story('a stricter rule is announced, tried out, and takes effect on its day', ({ given, when, then }) => {
    let before: Judged;
    let site: ReadPackage;
    let position: number;
    given('a company with an office and one that builds, both complete', async (world) => {
      await known(world);
      before = await officePackage(world);
      site = await companyPackage(world, 'high-voltage');
      position = await world.hub.store.head();
      assert.deepEqual([before.status, before.contractVersion, site.status], ['verified', 1, 'verified']);
    });
    given('a version that wants an approval of everybody from day 150 on', (world) =>
      draft({ 'low-voltage-business.yaml': shipped(world), 'low-voltage-business.v2.yaml': version(world, 2, 150, { strict: true }) }),
    );
    then('what-if names the one package that will flip that day, and none the day before', async (world) => {
      const found = await whatIf(world, 150);
      assert.deepEqual(flipsTold(found), [[before.id, 'verified', 'missing', 'worse', 'approval']]);
      assert.equal(found.counts['high-voltage']!.unchanged, 1);
      assert.deepEqual(flipsTold(await whatIf(world, 149)), []);
    });
    then('and a clerk can read it', async ({ hub, cast }) => {
      const { out } = await run(['rules', 'what-if', folder('contracts'), '--at', cast.on(150), '--data', hub.config.dataDirectory]);
      assert.match(out.join('\n'), /^low-voltage-business~.*变差 已核验 → 缺失 {2}approval/m);
    });
    when('the contracts are put in place, and day 149 comes', async (world) => {
      await deploy(world);
      await world.until(149);
    });
    then('the package is judged by the old version, byte for byte', async (world) =>
      anew(world, async (served) => {
        const { status, contractVersion, rules, digest } = await officePackage(served);
        assert.deepEqual([status, contractVersion, rules, digest], ['verified', 1, before.rules, before.digest]);
        assert.deepEqual(await causes(served, before.id), []);
      }),
    );
    when('day 150 comes', async ({ until }) => until(150));
    then('it is judged by the new one, whose digest it carries, and lacks the approval', async (world) =>
      anew(world, async (served) => {
        const after = await officePackage(served);
        assert.deepEqual([after.status, after.contractVersion], ['missing', 2]);
        assert.deepEqual(statuses(after), { licence: 'verified', premises: 'verified', approval: 'missing' });
        const digestOf = (number: number) =>
          served.hub.contracts.packages.find((type) => type.id === 'low-voltage-business' && type.version === number)!.digest;
        assert.deepEqual([before.rules, after.rules], [digestOf(1), digestOf(2)]);
        assert.notEqual(after.digest, before.digest);
      }),
    );
    then('the feed names version and day as the cause, once, and nothing about the other company', async (world) =>
      anew(world, async (served) => {
        const told = await causes(served, before.id);
        assert.deepEqual(
          told.map(([was, status, { date, rules }]) => [was, status, date, rules]),
          [['verified', 'missing', world.cast.on(150), 'low-voltage-business@2']],
        );
        assert.deepEqual(await causes(served, site.id), []);
        assert.equal((await companyPackage(served, 'high-voltage')).digest, site.digest);
      }),
    );
    then('as it was valid the day before, the package stands under the old version, whatever was known', async (world) =>
      anew(world, async ({ audit, cast }) => {
        for (const [query, status, number] of [
          [`validAt=${cast.on(149)}`, 'verified', 1],
          [`validAt=${cast.on(150)}`, 'missing', 2],
          [`position=${position}&validAt=${cast.on(149)}`, 'verified', 1],
          [`position=${position}&validAt=${cast.on(150)}`, 'missing', 2],
        ] as const) {
          const { body } = await audit<{ package: Judged }>(`/packages/${encodeURIComponent(before.id)}?${query}`);
          assert.deepEqual([body.package.status, body.package.contractVersion], [status, number], query);
        }
      }),
    );
    then('the explanation gives the version that judged, and who was asked for the approval', async (world) =>
      anew(world, async ({ audit }) => {
        const { body } = await audit<Omit<Judged, 'items'> & { items: (ReadItem & { asked: { name: string }[] })[] }>(
          `/packages/${encodeURIComponent(before.id)}/explanation`,
        );
        const { required, status, asked } = body.items.find(({ id }) => id === 'approval')!;
        assert.deepEqual(
          [body.contractVersion, required, status, asked.map(({ name }) => name)],
          [2, true, 'missing', ['project-approval']],
        );
      }),
    );
    then('what-if has nothing left to say', async ({ hub, cast }) => {
      for await (const flip of whatWouldFlip(hub, folder('contracts'), { date: cast.on(150) })) assert.fail(JSON.stringify(flip));
    });
  });

  story('whoever comes after the day is judged by the new version, by the old for the time before', ({ given, when, then }) => {
    given('a stricter version from day 150 on, in place long before', async (world) => {
      draft({ 'low-voltage-business.yaml': shipped(world), 'low-voltage-business.v2.yaml': version(world, 2, 150, { strict: true }) });
      await deploy(world);
    });
    when('an office of day 25 becomes known on day 160', async (world) => {
      await world.until(160);
      await world.tell(...office(world));
    });
    then('it is prepared under the new version, by its events and not by the rules', async (world) =>
      anew(world, async (served) => {
        const pack = await officePackage(served);
        assert.deepEqual([pack.status, pack.contractVersion], ['missing', 2]);
        assert.deepEqual(await causes(served, pack.id), []);
        const { body } = await served.audit<{ package: Judged }>(`/packages/${encodeURIComponent(pack.id)}?validAt=${world.cast.on(100)}`);
        assert.deepEqual([body.package.status, body.package.contractVersion], ['verified', 1]);
      }),
    );
  });

  story('a stricter version is taken back by a later one', ({ given, when, then }) => {
    let id: string;
    given('a complete office, and versions that change on day 150 and back on day 170', async (world) => {
      await known(world);
      ({ id } = await officePackage(world));
      draft({
        'low-voltage-business.yaml': shipped(world),
        'low-voltage-business.v2.yaml': version(world, 2, 150, { strict: true }),
        'low-voltage-business.v3.yaml': version(world, 3, 170, { strict: false }),
      });
      await deploy(world);
    });
    when('both days go by while nobody looks', async ({ until }) => until(180));
    then('the package stands again, and the feed has both days in order', async (world) =>
      anew(world, async (served) => {
        const pack = await officePackage(served);
        assert.deepEqual([pack.status, pack.contractVersion], ['verified', 3]);
        assert.deepEqual(
          (await causes(served, id)).map(([was, status, { date, rules }]) => [was, status, date, rules]),
          [
            ['verified', 'missing', world.cast.on(150), 'low-voltage-business@2'],
            ['missing', 'verified', world.cast.on(170), 'low-voltage-business@3'],
          ],
        );
      }),
    );
  });

  story('a province has a rule of its own, and another one has another', ({ given, when, then }) => {
    let before: Judged;
    let [own, other] = ['', ''];
    given('a complete office in one province', async (world) => {
      await known(world);
      before = await officePackage(world);
      own = world.cast.region.code.slice(0, 2);
      other = own === '65' ? '64' : '65';
    });
    given('overlays of that province from day 150 on, and of another from day 145 on', (world) =>
      draft({
        [`low-voltage-business.${own}.yaml`]: overlay(world, own, 150),
        [`low-voltage-business.${other}.yaml`]: overlay(world, other, 145),
        'low-voltage-business.yaml': shipped(world),
      }),
    );
    then('what-if says which day matters', async (world) => {
      assert.deepEqual(flipsTold(await whatIf(world, 149)), []);
      assert.deepEqual(flipsTold(await whatIf(world, 150)), [[before.id, 'verified', 'missing', 'worse', 'approval']]);
    });
    when('both are put in place, and the other province’s day goes by', async (world) => {
      await deploy(world);
      await world.until(149);
    });
    then('nothing has changed here', async (world) =>
      anew(world, async (served) => assert.equal((await officePackage(served)).digest, before.digest)),
    );
    when('the province’s own day comes', async ({ until }) => until(150));
    then('the package is judged by its rule, with its title, and the feed names the province', async (world) =>
      anew(world, async (served) => {
        const pack = await officePackage(served);
        assert.deepEqual([pack.status, titleOf(pack, 'approval')], ['missing', '项目批准文件（本省一律需要）']);
        assert.notEqual(pack.rules, before.rules);
        assert.deepEqual(
          (await causes(served, pack.id)).map(([, , { date, rules }]) => [date, rules]),
          [[world.cast.on(150), `low-voltage-business@1/${own}`]],
        );
      }),
    );
  });
});
