// An enterprise over time, and among its kin, as registers tell it.
import type { BusinessLicence } from '../domain/facts.ts';

export interface Enterprise {
  uscc: string;
  /** 组织机构代码 (GB 11714), of which the code is made; older records know it by this. */
  organisationCode: string;
  name: string;
  /** Every other name it ever had, the oldest first. */
  formerNames: string[];
  status: BusinessLicence['status'];
  /** Id of the event that decides. */
  event: string;
  /** Ids of events that contradict each other; none is picked. */
  conflicts: string[];
  /** 隶属企业, of a branch. */
  parent: string | null;
  /** 存续或新设企业, once it was struck off for a merger. */
  successor: string | null;
  /** 分支机构, by code; the first thousand. */
  branches: string[];
  /** Those that were merged into it, by code; the first thousand. */
  predecessors: string[];
}

export interface EnterpriseReader {
  /** Null where no licence of this code is known. Errors: ENGINE_UNAVAILABLE. */
  read(uscc: string): Promise<Enterprise | null>;
}
