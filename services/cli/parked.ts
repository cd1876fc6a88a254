// `hub parked`: streams that wait because one of their events could not be applied.
import { HubError } from '../domain/errors.ts';
import { formatInstant } from '../domain/time.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Hub } from '../hub/open-hub.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { ParkedLocal } from '../ports/views.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

interface ParkedStream extends Omit<ParkedLocal, 'firstSeen' | 'lastSeen'> {
  stream: string;
  firstSeen: string;
  lastSeen: string;
}

export function addParkedCommands(program: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);
  const parked = add(program, 'parked', 'streams that wait for a mended hub and `hub replay` 搁置的事件流');
  add(parked, 'list', 'list parked streams 列出')
    .option('--after <stream>', 'after this stream 从此之后')
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 100)
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { limit: number; after?: string }>();
      return reading(options, async ({ views }) => {
        const rows = await views.list('parked', { after: options.after ?? '', limit: options.limit + 1 });
        outputOf(options).page(rows.map(parkedOf), options.limit, ({ stream }) => stream, {
          事件流: ({ stream }) => stream,
          原因: ({ reason }) => reason,
          事件数: ({ events }) => String(events),
          位置: ({ position }) => String(position),
          起始: ({ firstSeen }) => firstSeen,
        });
      });
    });
  add(parked, 'show <stream>', 'why one stream waits, and whether its event can be read by now 查看').action(
    (stream: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      return reading(options, async (hub) => {
        const row = await hub.views.get('parked', stream);
        if (!row) throw new HubError('NOT_FOUND', 'no stream of that name is parked 没有搁置此事件流');
        const found = parkedOf(row);
        outputOf(options).value({ ...found, ...(await readNow(hub, found)) }, (shown) => JSON.stringify(shown, null, 2));
      });
    },
  );
}

function parkedOf({ key, local }: ViewRow): ParkedStream {
  const { firstSeen, lastSeen, ...rest } = JSON.parse(local) as ParkedLocal;
  return { stream: key, ...rest, firstSeen: formatInstant(firstSeen), lastSeen: formatInstant(lastSeen) };
}

/** What this hub makes of the event's bytes: true once a schema was mended, and then a replay is all that is left to do. */
async function readNow({ store, codec }: Hub, { event }: ParkedStream): Promise<{ schema: string | null; readable: boolean | null }> {
  const found = event === null ? undefined : await store.get(event);
  if (!found) return { schema: null, readable: null };
  let schema: string | null = null;
  try {
    schema = codec.schemaOf(found.data);
    codec.decode(found.data);
    return { schema, readable: true };
  } catch {
    return { schema, readable: false };
  }
}
