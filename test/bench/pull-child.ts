// Pulls everything that simulated registries tell into a data directory; a process of its own, so that its memory can be watched.
// Its arguments: <data directory> <subjects>. Prints how many events the store holds then.
import { readConfig } from '../../services/config/config.ts';
import { startSimulatedPlatform } from '../../services/hub/demo.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { pullAllOnce } from '../../services/hub/pull-sources.ts';

const [data, subjects] = process.argv.slice(2) as [string, string];
const hub = await openHub(readConfig({}, { data }));
const platform = await startSimulatedPlatform(hub, { seed: 'million', subjects: Number(subjects), port: 0 });
await pullAllOnce(hub, platform, new AbortController().signal);
process.stdout.write(JSON.stringify({ events: await hub.store.head() }));
await platform.close();
await hub.close();
