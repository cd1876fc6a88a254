// What the parser of the command line says of a mistake or in a help page, in Chinese too.

const mistakes: readonly [pattern: RegExp, zh: string][] = [
  [/^error: required option '(?:-\w, )?(--[\w-]+).*not specified/, '缺少必填选项 $1'],
  [/^error: missing required argument '(.+?)'/, '缺少参数 $1'],
  [/^error: option '(?:-\w, )?(--[\w-]+).*argument missing/, '选项 $1 缺少取值'],
  [/^error: option '(?:-\w, )?(--[\w-]+).*is invalid/, '选项 $1 的取值无效'],
  [/^error: unknown option '(.+?)'/, '没有选项 $1'],
  [/^error: unknown command '(.+?)'/, '没有命令 $1'],
  [/^error: too many arguments/, '参数过多'],
];

/** One line for a user's mistake, and where to read more; help that was asked for by giving no command stays as it is. */
export function usageLine(text: string): string {
  const line = text.trimEnd();
  if (!line.startsWith('error: ')) return line;
  const said = line.replaceAll('\n', ' ');
  const known = mistakes.find(([pattern]) => pattern.test(said));
  const zh = known ? (known[0].exec(said)?.[0] ?? '').replace(known[0], known[1]) : '命令用法有误';
  return `${said.replace(/^error: /, 'hub: ')} ${zh}（--help 查看用法）`;
}

const headings: Readonly<Record<string, string>> = {
  'Usage:': '用法 Usage:',
  'Options:': '选项 Options:',
  'Commands:': '命令 Commands:',
  'Arguments:': '参数 Arguments:',
};

/** What commander says of a default, in Chinese too. */
export const helpDescription = (text: string): string => text.replaceAll('(default: ', '(默认 default: ');

export const helpHeading = (title: string): string => headings[title] ?? title;
export const helpText = 'display help for command 显示帮助';
