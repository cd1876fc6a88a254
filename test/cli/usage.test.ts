// What the command line says of a slip: one line, in Chinese too, that names what is wrong.
import assert from 'node:assert/strict';
import { inHub, run } from '../support/command.ts';
import { useTempFolder } from '../support/temp-folder.ts';

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
