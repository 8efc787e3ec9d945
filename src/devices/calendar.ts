/** The Gregorian calendar in integers, for a clock chip that knows no time zone. */

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** Days since 1 January 1970. Out-of-range months and days run over into their neighbours. */
export function daysOf(date: CivilDate): number {
  const months = date.year * 12 + date.month - 1;
  const year = Math.floor(months / 12);
  const month = months - year * 12; // 0 to 11
  // Years begin in March, so that the leap day comes last.
  const y = month < 2 ? year - 1 : year;
  const m = (month + 10) % 12;
  const dayOfYear = Math.floor((153 * m + 2) / 5) + date.day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719468;
}

/** The date `days` after 1 January 1970. */
export function dateOf(days: number): CivilDate {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1 };
}

/** Day of the week of a day count: 1 Sunday to 7 Saturday. */
export function weekdayOf(days: number): number {
  return ((((days + 4) % 7) + 7) % 7) + 1;
}
