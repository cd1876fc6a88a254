// Dates and instants as registries write them. Where no zone is given it is Beijing's, UTC+8 without summer time.

const beijing = 8 * 3_600_000;

/**
 * A date as `YYYY-MM-DD`: `2019-01-02`, `2019/1/2`, `20190102`, `2019年1月2日`, or an instant ({@link parseInstant}), which is
 * the date in Beijing then; null when it is neither.
 */
export function parseDate(text: string): string | null {
  // The common form first: this runs once or more for each record.
  const plain = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (plain) return dateOf(plain);
  const written = text.trim();
  const whole = wholeDate.exec(written) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(written);
  if (whole) return dateOf(whole);
  const instant = parseInstant(written);
  return instant === null ? null : dateAt(instant);
}

const wholeDate = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/;

function dateOf([, y = '', m = '', d = '']: RegExpExecArray): string | null {
  const [year, month, day] = [Number(y), Number(m), Number(d)];
  // Years before 100 would be taken for those of the 20th century (Date.UTC); no register means them.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  return `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
}

/** The forms in which an instant is written: a date, the time of day behind it, and the zone. */
const instantForms = [
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日\s*|\s*T\s*|\s+)(\d{1,2})[:时](\d{2})分?(?::?(\d{2})(?:[.,](\d{1,9}))?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?$/,
  // ISO 8601 basic, with T or without.
  /^(\d{4})(\d{2})(\d{2})T?(\d{2})(\d{2})(\d{2})(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/,
  /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})()()(Z|[+-]\d{2}:?\d{2})?$/,
];

/**
 * An instant in milliseconds since the epoch; where no zone is stated it is Beijing's, and a date alone is its midnight there.
 * Read are ISO 8601 extended and basic, `yyyyMMddHHmmss`, 13 digits of milliseconds, Chinese times, and a zone in brackets
 * behind an offset (RFC 9557 §3). Null for whatever could be two things, or is none.
 */
export function parseInstant(text: string): number | null {
  const written = withoutZoneName(text.trim());
  if (written === null) return null;
  if (/^\d{13}$/.test(written)) return Number(written);
  const date = wholeDate.exec(written) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(written);
  if (date) {
    const day = dateOf(date);
    return day === null ? null : startOfDay(day);
  }
  for (const form of instantForms) {
    const match = form.exec(written);
    if (match) return instantOf(match);
  }
  return null;
}

function instantOf(match: RegExpExecArray): number | null {
  const date = dateOf(match);
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6] || 0)];
  if (date === null || hour > 23 || minute > 59 || second > 59) return null;
  const millisecond = Number((match[7] || '0').padEnd(3, '0').slice(0, 3));
  return startOfDay(date) + beijing + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond - offsetOf(match[8]);
}

/** Without the name of a zone behind an offset, which repeats it; a name alone must be Beijing's. Null where it is another. */
function withoutZoneName(text: string): string | null {
  if (!text.endsWith(']')) return text;
  const match = /^(.*?)((?:\[!?[\w/+=-]+\])+)$/.exec(text);
  if (!match) return null;
  const stated = /(?:Z|[+-]\d{2}:?\d{2})$/.test(match[1]!);
  return stated || /^\[!?(?:Asia\/Shanghai|PRC|\+08:00)\]/.test(match[2]!) ? match[1]! : null;
}

/** Midnight in Beijing at which a date `YYYY-MM-DD` starts, in milliseconds since the epoch. */
export function startOfDay(date: string): number {
  return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) - beijing;
}

/** The date in Beijing at an instant, `YYYY-MM-DD`. */
export function dateAt(instant: number): string {
  return new Date(instant + beijing).toISOString().slice(0, 10);
}

/** The date after a date. */
export const dayAfter = (date: string): string => dateAt(startOfDay(date) + 24 * 3_600_000);

/** An instant as a clerk reads it, in Beijing, to the minute: `2025年3月4日 08:00`, `2025-03-04 08:00 (Beijing)`. */
export function clerkTime(instant: number, language: 'zh' | 'en'): string {
  const [date = '', clock = ''] = new Date(instant + beijing).toISOString().split('T');
  if (language === 'en') return `${date} ${clock.slice(0, 5)} (Beijing)`;
  const [year, month, day] = date.split('-');
  return `${year}年${Number(month)}月${Number(day)}日 ${clock.slice(0, 5)}`;
}

export const formatInstant = (instant: number): string => new Date(instant).toISOString();

/** Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds, or of years and months taken as 365 and 30 days. */
export function durationMs(text: string): number | null {
  const match = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (!match || text === 'P' || text.endsWith('T')) return null;
  const [years, months, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return ((((years * 365 + months * 30 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined) return beijing;
  if (zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}
