// What was known, why, and who relied on it: the projector's histories over the engines of a hub.
import { packageHistory } from '../projector/as-of.ts';
import { enterpriseReader } from '../projector/enterprise.ts';
import { openExplainer } from '../projector/explain.ts';
import { openMisreadings } from '../projector/misreadings.ts';
import { openRecall } from '../projector/recall.ts';
import { openSubjectHistory } from '../projector/subject-history.ts';
import { projectorPorts } from './rebuild.ts';
import type { EnterpriseReader } from '../ports/enterprise.ts';
import type { Explainer } from '../ports/explanation.ts';
import type { Misreadings } from '../ports/misreadings.ts';
import type { PackageHistory } from '../ports/package-history.ts';
import type { Recall } from '../ports/recall.ts';
import type { SubjectHistory } from '../ports/subject-history.ts';
import type { Hub } from './open-hub.ts';

export interface Histories {
  history: PackageHistory;
  explainer: Explainer;
  recall: Recall;
  enterprises: EnterpriseReader;
  subjects: SubjectHistory;
  misreadings: Misreadings;
}

export function historiesOf(hub: Hub): Histories {
  const { store, views, codec } = hub;
  const ports = { store, views, codec, rules: projectorPorts(hub).rules };
  return {
    history: packageHistory(ports),
    explainer: openExplainer({ ...ports, sources: hub.contracts.sources }),
    recall: openRecall(ports),
    enterprises: enterpriseReader(views),
    misreadings: openMisreadings(views),
    subjects: openSubjectHistory({ ...ports, sources: hub.contracts.sources }),
  };
}
