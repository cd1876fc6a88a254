// Chinese addresses: one written form for what people write in many, and the parts that a match compares.

/** An address cut into what can be compared. Parts that are not written are absent. */
export interface AddressParts {
  /** Road and number, or village and estate: all that stands before the building. */
  place: string;
  building?: string;
  unit?: string;
  room?: string;
}

const chineseDigits = '零一二三四五六七八九';

/** Chinese numerals up to 99 before a counter word as digits: `十二号楼` → `12号楼`. */
function digitsBeforeCounters(text: string): string {
  return text.replace(/([零一二三四五六七八九十]{1,3})(?=(号|號|幢|栋|棟|座|楼|樓|单元|單元|层|層|室|户|段|巷|弄))/g, (numeral) => {
    const [tens, ones] = numeral.includes('十') ? numeral.split('十') : ['', numeral];
    if (ones !== undefined && ones.length > 1) return numeral;
    const ten = numeral.includes('十') ? (tens === '' ? 1 : chineseDigits.indexOf(tens!)) : 0;
    return String(ten * 10 + (ones ? chineseDigits.indexOf(ones) : 0));
  });
}

/** Words in brackets at the end that name no place on the ground, e.g. `(东升企业集中办公区)`: long, and without a number. */
const remarkBehind = /\([^()0-9]{5,}\)$/;
/** The street office, which one registry writes and the next leaves out where a road and a number say it all. */
const streetOffice = /(?<=[区县市])[^区县市路街道]{2,5}街道(?=[^路街道巷弄]+[路街道巷弄].*\d号)/;

/**
 * The one written form: half width, no blanks or punctuation, simplified counters, one word for a building (`幢`),
 * a staircase (`单元`) and a room (`室`), and `-` between bare numbers (`3-2-501`).
 */
export function normaliseAddress(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(remarkBehind, '')
    .replace(/[\s,。.、;:"'“”‘’《》()[\]{}【】]/g, '')
    .replace(/號/g, '号')
    .replace(/樓/g, '楼')
    .replace(/棟/g, '栋')
    .replace(/單/g, '单')
    .replace(/層/g, '层')
    .replace(/[~~—–―_#]/g, '-');
  return digitsBeforeCounters(plain)
    .replace(/([0-9A-Z]{1,4})(?:-?(?:号楼|号栋|号幢|栋|座|楼幢)|-楼)/g, '$1幢')
    .replace(/(幢|单元)(\d{1,2})楼/g, '$1$2层')
    .replace(/(\d+)-(\d+)-(\d{3,4})(?:号|室)?$/, '$1幢$2单元$3室')
    .replace(/(单元|幢|层)(\d{2,4})(?:号房|号|房|户)?$/, '$1$2室')
    .replace(/(\d{2,4})(?:号房|房|户)$/, '$1室');
}

/** Cuts a normalised address at building, unit and room. */
export function addressParts(text: string): AddressParts {
  const match = /^(.+?)(?:([0-9A-Z]+)幢)?(?:([0-9A-Z]+)单元)?(?:(\d+)层)?(?:([0-9A-Z]+)室)?$/.exec(normaliseAddress(text));
  if (!match) return { place: normaliseAddress(text) };
  // The province and city are written by one registry and left out by the next; the district and street decide.
  const parts: AddressParts = {
    place: match[1]!
      .replace(/^.{2,8}?(?:省|自治区)/, '')
      .replace(/^[^区县]{2,6}?市/, '')
      .replace(streetOffice, ''),
  };
  if (match[2] !== undefined) parts.building = match[2];
  if (match[3] !== undefined) parts.unit = match[3];
  const room = roomOn(match[4], match[5]);
  if (room !== undefined) parts.room = room;
  return parts;
}

/** A room's number mostly begins with its storey's (`5层505室`); where it does not, the storey tells rooms apart. */
function roomOn(storey: string | undefined, room: string | undefined): string | undefined {
  if (storey === undefined || room?.startsWith(storey)) return room;
  return room === undefined ? `${storey}层` : `${storey}层${room}`;
}

/** Levels of agreement between two addresses, coarse to fine; each finer one includes the coarser. */
export const addressLevels = ['place', 'building', 'unit', 'room'] as const;

/**
 * Texts, coarse to fine, that are equal exactly when two addresses agree so far: the place, then with building, unit
 * and room. Hashed under a key they let homes be compared without being seen. A level that is not written repeats the
 * one before it, marked, so that both addresses must leave it out.
 */
export function addressTokens(text: string): string[] {
  const parts = addressParts(text);
  let prefix = `place:${parts.place}`;
  const tokens = [prefix];
  for (const level of ['building', 'unit', 'room'] as const) {
    prefix += `|${level}:${parts[level] ?? ''}`;
    tokens.push(prefix);
  }
  return tokens;
}
