// What the command line says of a slip: one line, in Chinese too, that names what is wrong.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { projectRoot } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const chinese = /[\u4e00-\u9fff]/;

/** `HubError`s of these codes in a source file, as `line text`. */
function errorsIn(file: string, codes: readonly string[]): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(projectRoot, 'services', file), 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'HubError') {
      const [code, text] = (node.arguments ?? []).map((argument) => argument.getText(source));
      if (codes.includes(code!.slice(1, -1)))
        found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1} ${text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('a mistake at the command line', () => {
  const folder = useTempFolder();

  for (const [args, zh] of [
    [['pakages'], '没有命令 pakages'],
    [['packages', '--bogus'], '没有选项 --bogus'],
    [['packages', 'show'], '缺少参数 id'],
    [['packages', 'export', 'x'], '缺少必填选项 --purpose'],
    [['packages', '--limit'], '选项 --limit 缺少取值'],
    [['packages', '--limit', 'x'], '选项 --limit 的取值无效'],
    [['transfers', 'explain', 'x'], '参数过多'],
  ] as const)
    it(`is told in one line: hub ${args.join(' ')}`, async () => {
      const { code, out, error } = await run(args);
      assert.deepEqual([code, out, error.length], [2, [], 1]);
      assert.match(error[0]!, /^hub: [^\n]*（--help 查看用法）$/);
      assert.ok(error[0]!.includes(` ${zh}（`), error[0]);
    });

  it('leaves the help that follows no command at all in its lines', async () => {
    const { code, error } = await run([]);
    assert.equal(code, 2);
    assert.match(error.join('\n'), /^用法 Usage: hub [^]*\n命令 Commands:\n {2}demo /);
  });

  it('is told in Chinese beside the English wherever it is found, by a reader of English or Chinese alone', () => {
    const files = readdirSync(join(projectRoot, 'services'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const told = files.flatMap((file) => errorsIn(file, ['USAGE', 'NOT_FOUND']));
    assert.ok(told.length > 100, `${told.length} were found`);
    const one = (text: string): boolean => !chinese.test(text) || !/[a-z]{2,} /i.test(text);
    assert.deepEqual(told.filter(one), []);
  });

  it('of a clerk is told with what to do about it, in Chinese', async () => {
    const data = ['--data', folder('d')];
    await runOne(['demo', '--once', '--subjects', '40', ...data]);
    const packages = await runJson<{ id: string; subject: { id: string; kind: string } }>(['packages', '--limit', '1000', ...data]);
    const { id, subject } = packages.find(({ subject: { kind } }) => kind === 'person')!;
    const promise = (item: string, deadline: string): string[] => [
      ...['packages', 'promise', id, '--items', item, '--deadline', deadline, '--basis', 'F-1'],
    ];
    const grant = ['consents', 'grant', '--grantor', subject.id];
    for (const [args, zh, input = ''] of [
      [['packages', 'show', 'none'], '没有（或当时没有）此申请包'],
      [['transfers', 'show', 'none'], '没有（或当时没有）此编号的联合过户申请'],
      [promise('none', '2099-01-01'), '申请包没有此项材料'],
      [promise('identity', 'soon'), '承诺期限应写作此格式的日期'],
      [['packages', 'withdraw-promise', id, 'none', '--basis', 'F-1'], '此申请包没有该承诺'],
      [['consents', 'revoke', 'none', '--basis', 'F-1'], '没有此编号的授权'],
      [[...grant, '--basis', 'F-1'], '联合过户授权须指明申请编号'],
      [[...grant, '--basis', '13800000000', '--object', 'none'], '依据将永久明文保存'],
      [[...grant, '--basis', 'F-1', '--object', 'none', '--until', '2020-01-01'], '有效期截止日须为不早于今日的日期'],
      [[...grant, '--basis', 'F-1', '--object', 'none', '--by', '13800000000'], '经办人将永久明文保存'],
      [['transfers', 'choose', 'none', '--account', '1', '--reason', 'F-1'], '没有此编号的联合过户申请'],
      [['person', 'erase', 'somebody'], '假名应为 p- 加 22 个字符'],
      [['person', 'pseudonym', '--id-type', 'citizen'], '没有此证件类型', '110105194912310021'],
    ] as const) {
      const { code, out, error } = await run([...args, ...data], { input });
      assert.deepEqual([code, out, error.length], [2, [], 1], args.join(' '));
      assert.ok(error[0]!.includes(zh), error[0]);
    }
    const erased = await run(['person', 'erase', subject.id, ...data]);
    assert.match(erased.out.join(), /^erased 已删除; .*一并删除的隔离记录 0$/);
  });

  it('is prevented by help in which every line has Chinese', async () => {
    const commands: string[][] = [[]];
    for (const command of commands) {
      const help = (await run([...command, '--help'])).out.join('\n');
      // What goes on in the next line is indented more.
      const lines = help.replace(/\n {10,}/g, ' ').split('\n');
      const after = lines.findIndex((line) => line.startsWith('选项'));
      for (const line of lines.slice(after).filter((text) => text !== '')) assert.match(line, chinese, `hub ${command.join(' ')}`);
      assert.doesNotMatch(help, /\(default/);
      const listed = lines.slice(lines.findIndex((line) => line.startsWith('命令')) + 1);
      if (help.includes('命令'))
        for (const [, name] of listed.join('\n').matchAll(/^ {2}([a-z-]+)/gm)) if (name !== 'help') commands.push([...command, name!]);
    }
    assert.ok(commands.length > 40, `${commands.length} commands`);
  });

  it('is hard to make where codes are named in Chinese', async () => {
    const { out } = await run(['identify', '91350100M000100Y43', '370102', 'x']);
    assert.deepEqual(
      out.map((line) => /^. \S+ {2}(\S+)/.exec(line)![1]),
      ['统一社会信用代码', '行政区划代码', '未知编码'],
    );
  });

  it('in an identity number is warned of before its pseudonym is given', async () => {
    await inHub(folder('d'), (hub) => hub.keys.ready());
    const pseudonymOf = (input: string) => run(['person', 'pseudonym', '--data', folder('d')], { input });
    const slipped = await pseudonymOf('110105194912310021\n');
    assert.match(slipped.error.join(), /身份证号未通过校验/);
    const right = await pseudonymOf('11010519491231002x\n');
    assert.deepEqual([right.code, right.error], [0, []]);
    for (const { out } of [slipped, right]) assert.match(out.join(), /^p-[\w-]{22}$/);
    assert.ok(!slipped.error.join().includes('1101'));
  });
});
