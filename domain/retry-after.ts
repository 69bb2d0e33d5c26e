// The Retry-After header: for how long the other side wants to be left alone.
// Seconds, also with a fraction; an HTTP date; or several of them, because a proxy
// may add its own and the HTTP library joins them with commas. The longest counts.

/** The longest wait for one answer: one pause must not use up the time of a whole step. */
export const LONGEST_RETRY_AFTER_MS = 2 * 60_000;

const DATE = /[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT/g;
const SECONDS = /^\d{1,9}(?:\.\d{1,9})?$/;

/**
 * @param dateHeader the other side's own Date: an HTTP date is compared with its clock, not with ours
 * @returns milliseconds from now as the other side named them; undefined when it named none, or nothing that can be read
 */
export function retryAfterMs(header: string | null, dateHeader: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const said = Date.parse(dateHeader ?? '');
  const from = Number.isNaN(said) ? nowMs : said;
  const dates = (header.match(DATE) ?? []).map((date) => Date.parse(date) - from);
  const seconds = header
    .replaceAll(DATE, '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => SECONDS.test(part))
    .map((part) => Number(part) * 1000);
  const named = [...dates, ...seconds].filter((ms) => !Number.isNaN(ms));
  return named.length === 0 ? undefined : Math.ceil(Math.max(0, ...named));
}
