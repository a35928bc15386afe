/**
 * Whole days as integers: the number of days since 1 January 1970, as Python sends them.
 * Everything is reckoned in UTC on purpose. The lab plans calendar days, so no browser's time zone
 * and no change to summer time may ever move a bar.
 */

const MS_PER_DAY = 86_400_000;

/** A generous frame around the years that the app accepts; panning stops there. */
export const FIRST_DAY = dayOf(2000, 0, 1);
export const LAST_DAY = dayOf(2100, 0, 1);

export const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];
export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Month counts from 0; month 12 is next January, as with Date.UTC. */
export function dayOf(year, month, date) {
  return Math.round(Date.UTC(year, month, date) / MS_PER_DAY);
}

export function partsOf(day) {
  const at = new Date(day * MS_PER_DAY);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth(), date: at.getUTCDate() };
}

/** 0 is Monday. Day 0 was a Thursday. */
export function weekdayOf(day) {
  return (((day + 3) % 7) + 7) % 7;
}

/** The ISO 8601 week of the week that starts on this Monday: the week's year is its Thursday's. */
export function isoWeek(monday) {
  const fourth = dayOf(partsOf(monday + 3).year, 0, 4);
  return 1 + (monday - (fourth - weekdayOf(fourth))) / 7;
}

/** 2026-03-09 */
export function iso(day) {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Tue 3 Mar 2026 */
export function sayDay(day) {
  const { year, month, date } = partsOf(day);
  return `${WEEKDAYS[weekdayOf(day)]} ${date} ${MONTHS[month].slice(0, 3)} ${year}`;
}

/** Both ends included. */
export function sayPeriod(start, end) {
  const days = end - start + 1;
  return start === end ? `${sayDay(start)}, 1 day` : `${sayDay(start)} to ${sayDay(end)}, ${days} days`;
}
