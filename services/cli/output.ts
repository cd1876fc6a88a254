// How commands speak: JSON for programs, tables for people, progress on a terminal, one clear line for a mistake.
import { SingleBar } from 'cli-progress';
import { errorCodes, HubError } from '../domain/errors.ts';

/** Where a command writes; tests hand in their own. */
export interface Terminal {
  out: (text: string) => void;
  error: (text: string) => void;
  /** Whether a person is watching standard error. */
  interactive: boolean;
}

export interface Output {
  json: boolean;
  terminal: Terminal;
  /** One value: as JSON, or as the lines that `text` makes of it. */
  value<T>(value: T, text: (value: T) => string): void;
  /** A list: one JSON object a line, or a table. */
  rows<T extends object>(rows: readonly T[], columns: Record<string, (row: T) => string>): void;
  /** A list read with one row more than `limit`, if there is one; says how to go on. */
  page<T extends object>(rows: readonly T[], limit: number, key: (row: T) => string, columns: Record<string, (row: T) => string>): void;
  progress(label: string): { update(done: number, total: number): void; stop(): void };
}

export function createOutput(terminal: Terminal, json: boolean): Output {
  return {
    json,
    terminal,
    value(value, text) {
      terminal.out(json ? JSON.stringify(value) : printable(text(value)));
    },
    rows(rows, columns) {
      if (json) for (const row of rows) terminal.out(JSON.stringify(row));
      else if (rows.length === 0) terminal.out('nothing found 无记录');
      else terminal.out(printable(table(rows, columns)));
    },
    page(rows, limit, key, columns) {
      const shown = rows.slice(0, limit);
      this.rows(shown, columns);
      const last = shown.at(-1);
      if (rows.length > limit && last) terminal.error(`hub: there is more 未完，续查: --after '${key(last)}'`);
    },
    progress(label) {
      if (!terminal.interactive || json) return { update: () => undefined, stop: () => undefined };
      const bar = new SingleBar({ format: `${label} {bar} {percentage}% {eta_formatted}`, hideCursor: true, stream: process.stderr });
      let started = false;
      return {
        update(done, total) {
          if (!started) bar.start(total, done);
          else {
            bar.setTotal(total);
            bar.update(done);
          }
          started = true;
        },
        stop: () => {
          if (started) bar.stop();
        },
      };
    },
  };
}

function table<T>(rows: readonly T[], columns: Record<string, (row: T) => string>): string {
  const names = Object.keys(columns);
  const cells = rows.map((row) => names.map((name) => columns[name]!(row)));
  const widths = names.map((name, i) => Math.max(width(name), ...cells.map((line) => width(line[i]!))));
  return [names, ...cells]
    .map((line) =>
      line
        .map((cell, i) => cell + ' '.repeat(widths[i]! - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and numbers come from outside: nothing in them may steer the terminal or turn the direction of writing. */
const printable = (text: string): string => text.replace(/(?!\n)[\p{Cc}\p{Cf}]/gu, '\ufffd');

/** Columns on a terminal: Chinese characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(character) ? 2 : 1;
  return columns;
}

/** Tells a failure in one line and gives the exit code: 2 for the user's own mistakes, 1 for the rest. */
export function reportFailure(error: unknown, terminal: Terminal, debug: boolean): number {
  if (error instanceof HubError) {
    terminal.error(`hub: ${error.message} ${errorCodes[error.code].zh} (${error.code})`);
    if (debug && error.cause instanceof Error) terminal.error(error.cause.stack ?? error.cause.message);
    return errorCodes[error.code].blame === 'user' ? 2 : 1;
  }
  terminal.error(`hub: unexpected failure 意外故障: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  if (debug && error instanceof Error) terminal.error(error.stack ?? '');
  return 1;
}
