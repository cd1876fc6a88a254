// What the projector tells of the past over a store and its views, as the audit API is handed it.
import { packageHistory } from '../../services/projector/as-of.ts';
import { enterpriseReader } from '../../services/projector/enterprise.ts';
import { openExplainer } from '../../services/projector/explain.ts';
import { openMisreadings } from '../../services/projector/misreadings.ts';
import { openRecall } from '../../services/projector/recall.ts';
import { supervisionOf } from '../../services/hub/supervising.ts';
import { codec, contracts, rules } from './project.ts';
import type { AuditPorts } from '../../services/audit/ports.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';

export function historiesOf({
  store,
  views,
}: {
  store: EventStore;
  views: ViewStore;
}): Pick<AuditPorts, 'history' | 'explainer' | 'recall' | 'supervision' | 'enterprises' | 'misreadings'> {
  const ports = { store, views, codec, rules };
  const supervision = supervisionOf({ views, contracts, today: () => '2026-03-02' });
  return {
    history: packageHistory(ports),
    explainer: openExplainer({ ...ports, sources: contracts.sources }),
    recall: openRecall(ports),
    supervision,
    enterprises: enterpriseReader(views),
    misreadings: openMisreadings(views),
  };
}
