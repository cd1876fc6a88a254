// How far the hub is: head of the store, checkpoint of the views, their digest, and counts.
import { viewNames } from '../ports/views.ts';
import type { Checkpoint } from '../ports/view-store.ts';
import type { AuditPorts } from './ports.ts';

/** Gives the function that reads the status. The digest reads every row, so it is computed once for each checkpoint. */
export function statusReader({ store, views }: Pick<AuditPorts, 'store' | 'views'>): () => Promise<object> {
  let known: { at: string; digest: string } | null = null;
  const nameOf = ({ position, date }: Checkpoint): string => `${position}@${date}`;

  async function digestAt(checkpoint: Checkpoint): Promise<string> {
    if (known?.at === nameOf(checkpoint)) return known.digest;
    const digest = await views.digest();
    // Rows may have moved on meanwhile; then the digest is that of no known checkpoint.
    if (nameOf(await views.checkpoint()) === nameOf(checkpoint)) known = { at: nameOf(checkpoint), digest };
    return digest;
  }

  return async () => {
    const checkpoint = await views.checkpoint();
    const viewsDigest = await digestAt(checkpoint);
    const head = await store.head();
    const rows: Record<string, number> = {};
    for (const view of viewNames) rows[view] = (await views.count(view))[''] ?? 0;
    return {
      viewsDigest,
      head,
      checkpoint: { position: checkpoint.position, date: checkpoint.date },
      lag: Math.max(0, head - checkpoint.position),
      views: rows,
      packages: await views.count('package', 'status:'),
      transferRequests: await views.count('transfer-request', 'status:'),
      quarantine: await views.count('quarantine', 'state:'),
    };
  };
}
