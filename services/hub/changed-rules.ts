// What changed contracts would make of what the hub knows, before anyone switches.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { loadChangedRules, loadContracts } from '../drivers/yaml/contracts.ts';
import { whatIf } from '../projector/what-if.ts';
import { targetOfView } from '../projector/targets.ts';
import { projectFolder } from './open-hub.ts';
import type { RuleSet } from '../drivers/yaml/rule-files.ts';
import type { Flip, OutcomeCounts, WhatIf } from '../projector/what-if.ts';
import type { Hub } from './open-hub.ts';

export type { RuleSet };

const ownFolder = join(projectFolder, 'contracts');
const parts = ['packages', 'rules.yaml', 'transfers.yaml'];

/**
 * The contracts of a folder with `packages/`, `rules.yaml` and `transfers.yaml`, or some of them: a file that it does not
 * hold is the hub's own. Without a folder all are. Errors: USAGE when it holds none of them, CONTRACT_INVALID.
 */
export function rulesIn(folder: string | undefined, check: { examples: boolean } = { examples: true }): RuleSet {
  if (folder === undefined) return loadContracts(ownFolder);
  if (!parts.some((part) => existsSync(join(folder, part))))
    throw new HubError('USAGE', `${folder} holds none of 其中没有以下任何一项 ${parts.join(', ')}`);
  return loadChangedRules(folder, ownFolder, check);
}

export interface Asked extends Pick<WhatIf, 'only'> {
  date?: string;
  onProgress?: (done: number, total: number) => void;
}

/** Judges the facts as known under the hub's rules and a folder's. Writes nothing, and works beside a running hub. */
export async function* whatWouldFlip(hub: Hub, folder: string, { date, only, onProgress }: Asked): AsyncGenerator<Flip, OutcomeCounts> {
  let total = 0;
  if (!only) for (const view of Object.keys(targetOfView)) total += (await hub.views.count(view))[''] ?? 0;
  return yield* whatIf({
    views: hub.views,
    present: hub.contracts,
    changed: { ...rulesIn(folder, { examples: false }), sources: hub.contracts.sources },
    date: date ?? hub.today(),
    ...(only ? { only } : {}),
    onProgress: (done) => onProgress?.(done, Math.max(done, total)),
  });
}
