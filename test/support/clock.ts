// A clock that stands still until a test moves it.
import { dateAt, startOfDay } from '../../services/domain/time.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Today in Beijing. */
  today: () => string;
  /** Puts the clock to noon of a date. */
  set(date: string): void;
  /** Moves on by whole days. */
  pass(days: number): void;
}

const day = 86_400_000;

/** A clock at noon of a date, long after every simulated story has ended unless one is given. */
export function createClock(date = '2027-03-01'): Clock {
  let at = startOfDay(date) + day / 2;
  return {
    now: () => at,
    today: () => dateAt(at),
    set: (to) => void (at = startOfDay(to) + day / 2),
    pass: (days) => void (at += days * day),
  };
}
