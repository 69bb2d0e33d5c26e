// Reads the ledger as a stranger would: lines of JSON from a bundle, no type of
// the product. Kinds that it does not know are named by score-unknown.ts.
import { z } from 'zod';

const ENTRY = z.object({
  seq: z.number(),
  storedAt: z.number(),
  content: z.object({
    case: z.string(),
    key: z.string(),
    kind: z.string(),
    actor: z.string().optional(),
    body: z.record(z.string(), z.unknown()),
  }),
});

export interface RecordedEntry {
  readonly seq: number;
  /** Database clock, ms. */
  readonly storedAt: number;
  readonly key: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the ledger says of one case. */
export interface RecordedCase {
  readonly number: number;
  readonly subject: string;
  readonly openedAt: number;
  readonly entries: readonly RecordedEntry[];
  readonly reports: number;
  /** What became of the account; the case itself may still be open. */
  readonly outcome: 'contained' | 'blocked' | 'contained-here-only' | 'released' | 'held' | 'manual' | 'open';
  readonly held: boolean;
  readonly finished: boolean;
  readonly confirmed: boolean;
  readonly blockedAt: string | null;
  readonly effectiveBy: string | null;
  readonly containedAt: string | null;
  readonly blindSpots: readonly string[];
  readonly notChecked: readonly string[];
  readonly failedSteps: readonly string[];
}

/** @throws Error naming the line that is no entry */
export function readEntries(text: string): RecordedEntry[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const parsed = ENTRY.safeParse(JSON.parse(line));
      if (!parsed.success) throw new Error(`line ${index + 1} of the record is no entry: ${z.prettifyError(parsed.error)}`);
      const { seq, storedAt, content } = parsed.data;
      return { seq, storedAt, key: content.key, kind: content.kind, body: content.body };
    });
}

/** @returns null when the chain does not begin a case */
export function readCase(entries: readonly RecordedEntry[]): RecordedCase | null {
  const opened = entries.find((entry) => entry.kind === 'case.opened');
  if (opened === undefined) return null;
  const last = (kind: string): RecordedEntry | undefined => entries.findLast((entry) => entry.kind === kind);
  const hold = entries.findLast((entry) => entry.kind === 'case.held' || entry.kind === 'hold.ended');
  const held = hold?.kind === 'case.held';
  const closed = last('account.blocked');
  const contained = entries.findLast((entry) => entry.kind === 'account.contained' && entry.seq > (closed?.seq ?? 0));
  return {
    number: Number(opened.body['number']),
    subject: text(opened.body['subject']),
    openedAt: opened.storedAt,
    entries,
    reports: entries.filter((entry) => entry.kind === 'report.received').length,
    outcome: outcomeOf(entries, held),
    held,
    finished: last('case.closed') !== undefined,
    confirmed: last('containment.confirmed') !== undefined,
    blockedAt: closed === undefined ? null : text(closed.body['blockedAt']),
    effectiveBy: closed === undefined ? null : text(closed.body['effectiveBy']),
    containedAt: contained === undefined ? null : new Date(contained.storedAt).toISOString(),
    blindSpots: blindSpotsOf(entries),
    notChecked: CODES.safeParse(last('case.closed')?.body['notChecked']).data ?? [],
    failedSteps: failedStepsOf(entries),
  };
}

const CODES = z.array(z.string());

const OUTCOME = z.enum(['contained', 'blocked', 'contained-here-only', 'released']);

function outcomeOf(entries: readonly RecordedEntry[], held: boolean): RecordedCase['outcome'] {
  const settled = accountOutcome(entries);
  if (settled !== null) return settled;
  const order = entries.findLast((entry) => entry.kind === 'order.made')?.body['order'];
  if (z.object({ kind: z.literal('people') }).safeParse(order).success) return 'manual';
  return held ? 'held' : 'open';
}

/** The last statement about the account; a new block takes back what was said of the one before. */
function accountOutcome(entries: readonly RecordedEntry[]): z.infer<typeof OUTCOME> | null {
  let outcome: z.infer<typeof OUTCOME> | null = null;
  for (const { kind, body } of entries) {
    if (kind === 'account.blocked') outcome = null;
    if (kind === 'account.contained') outcome = 'contained';
    if (kind !== 'monitoring.ended' && kind !== 'case.closed') continue;
    const said = OUTCOME.safeParse(body['outcome']);
    if (said.success) outcome = said.data;
  }
  return outcome;
}

const SPOTS = z.array(z.object({ what: z.string(), why: z.string() }));

/** "what: why", as the last reading of each kind left them. */
export function blindSpotsOf(entries: readonly RecordedEntry[]): string[] {
  const byKind = new Map<string, readonly string[]>();
  for (const { kind, body } of entries) {
    const spots = SPOTS.safeParse(body['blindSpots']);
    if (spots.success)
      byKind.set(
        kind,
        spots.data.map(({ what, why }) => `${what}: ${why}`),
      );
  }
  return [...new Set([...byKind.values()].flat())];
}

/** "step: code" for every step whose last entry is a failure. */
function failedStepsOf(entries: readonly RecordedEntry[]): string[] {
  const steps = new Map<string, string | null>();
  for (const { kind, body } of entries) {
    const step = text(body['step']);
    if (kind === 'step.failed') steps.set(step, text(body['code']));
    if (kind === 'step.verified' || kind === 'step.unneeded') steps.set(step, null);
  }
  return [...steps].flatMap(([step, code]) => (code === null ? [] : [`${step}: ${code}`]));
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
