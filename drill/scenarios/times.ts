// Lengths of time as people write them. A scenario speaks its own time; the
// scale says how many times faster it is played.

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LENGTH = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** "90s" as milliseconds of scenario time. @throws RangeError for anything else; the schema lets nothing else through */
export function lengthMs(text: string): number {
  if (text === '0') return 0;
  const match = LENGTH.exec(text);
  if (match === null) throw new RangeError(`expected a length of time such as 90s or 19m, got ${JSON.stringify(text)}`);
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** Milliseconds of scenario time as a person would say them: "19 min", "1 h 15 min", "40 s", "7 d 2 h". */
export function sayLength(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
