// What an event says: one type per fact family, field for field the Avro files in `schemas/`.

/** Personal data as events carry it: a keyed digest that tells equal from different, and the ciphertext. */
export interface Sealed {
  /** HMAC-SHA-256 of the plaintext, first 16 bytes. */
  digest: Uint8Array;
  /** 12 bytes nonce, ciphertext, 16 bytes tag: AES-256-GCM under the person's key. Empty once stripped. */
  box: Uint8Array;
}

/** What a sealed box holds, as JSON. */
export interface PersonalData {
  name: string | null;
  idType: string | null;
  idNumber: string | null;
  phone: string | null;
  address: string | null;
}

/**
 * A holder, buyer, seller or builder. `id` of a person is a pseudonym (`p-…`); of an organisation its unified social
 * credit code, `org:<9 characters>` where the source still gives the 组织机构代码 alone, or `name:<normalised name>`. Only
 * organisations carry `name` in the clear.
 */
export interface Party {
  kind: 'person' | 'organisation';
  id: string;
  name: string | null;
  idType: string | null;
  /** Whether the identity document's number passes its own check. */
  idValid: boolean;
  /** A person's normalised name as a keyed token, to compare names without seeing them. */
  nameKey: string | null;
  share: string | null;
  sealed: Sealed | null;
}

/** What every fact has: what happened, which record of the source says so, and what was irregular yet accepted. */
export interface FactBase {
  change: string;
  record: string;
  /** `<field>:<code>` */
  warnings: string[];
  /** Id of another record that this one corrects or reverses; events of the versions before it lack it. */
  corrects?: string | null;
}

/** Dates are `YYYY-MM-DD` (Beijing); money is decimal text in yuan unless a unit stands beside it. */
export interface BusinessLicence extends FactBase {
  uscc: string;
  name: string;
  entityType: string | null;
  representative: Party | null;
  capital: string | null;
  scope: string | null;
  address: string | null;
  establishedOn: string | null;
  validUntil: string | null;
  registrar: string | null;
  /** Registration state, DOMAIN §12: `revoked` is 吊销未注销, still a legal person; `deregistered` is 注销. */
  status: 'active' | 'suspended' | 'revoked' | 'revoked-deregistered' | 'deregistered' | 'rescinded' | 'moved-out' | 'other';
  abnormal: boolean;
  /** 隶属企业: whose branch it is. Events that state neither this nor the next are of version 1 and lack both. */
  parentUscc?: string | null;
  /** 存续或新设企业: who goes on for it after a merger; stated when it is struck off. */
  successorUscc?: string | null;
}

export interface PropertyRight extends FactBase {
  unitCode: string;
  certificateNo: string | null;
  holders: Party[];
  /** Null when a natural person holds the property: a home's address is sealed with its holder. */
  address: string | null;
  addressKeys: string[];
  use: 'residential' | 'commercial' | 'industrial' | 'office' | 'parking' | 'land' | 'other';
  area: string | null;
  rightType: string | null;
  registeredOn: string | null;
  validUntil: string | null;
  status: 'current' | 'provisional' | 'historic' | 'cancelled';
  seized: boolean;
  mortgaged: boolean;
  disputed: boolean;
}

export interface ProjectApproval extends FactBase {
  projectCode: string;
  kind: 'approval' | 'ratification' | 'filing';
  name: string;
  builder: Party | null;
  address: string | null;
  unitCode: string | null;
  documentNo: string | null;
  authority: string | null;
  approvedOn: string | null;
  validUntil: string | null;
  status: 'in-force' | 'lapsed' | 'revoked' | 'cancelled' | 'pending';
}

export interface PlanningPermit extends FactBase {
  permitNo: string;
  /** 建设工程规划许可证 `works` · 建设用地规划许可证 `land` · 商品房预售许可证 `presale`, which is no planning evidence. */
  kind: 'works' | 'land' | 'rural' | 'presale';
  projectCode: string | null;
  projectName: string | null;
  builder: Party | null;
  address: string | null;
  unitCode: string | null;
  scale: string | null;
  authority: string | null;
  issuedOn: string | null;
  validUntil: string | null;
  status: 'in-force' | 'lapsed' | 'revoked' | 'cancelled';
}

export interface HouseTransfer extends FactBase {
  caseNo: string;
  unitCode: string | null;
  certificateNo: string | null;
  consumerNo: string | null;
  sellers: Party[];
  buyers: Party[];
  address: string | null;
  addressKeys: string[];
  use: string | null;
  area: string | null;
  registeredOn: string | null;
  /** Whether the buyer agreed to move the meter account along; null where nobody asked. */
  consent: boolean | null;
  mortgaged: boolean;
  /** `registered` is 登簿: before it nothing is final. */
  status: 'accepted' | 'registered' | 'certified' | 'withdrawn' | 'rescinded';
}

export interface MeterAccount extends FactBase {
  consumerNo: string;
  holder: Party | null;
  unitCode: string | null;
  address: string | null;
  addressKeys: string[];
  category: 'residential' | 'non-residential' | 'high-voltage' | 'charger' | 'other';
  capacity: string | null;
  arrears: string | null;
  organisation: string | null;
  openedOn: string | null;
  status: 'active' | 'suspended' | 'closed';
}

export interface FactByFamily {
  'business-licence': BusinessLicence;
  'property-right': PropertyRight;
  'project-approval': ProjectApproval;
  'planning-permit': PlanningPermit;
  'house-transfer': HouseTransfer;
  'meter-account': MeterAccount;
}
export type Fact = FactByFamily[keyof FactByFamily];
