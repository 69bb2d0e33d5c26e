// Opens what is sealed in a case and meant for people: what reporters wrote, the
// labels of plan items, and the reasons of decisions. Raw answers of Microsoft
// stay sealed; they are in the bundle.
import { z } from 'zod';
import type { PeopleRepository, PersonRecord } from '../activities/people/repositories.ts';
import type { LedgerEvent } from '../domain/case/events.ts';
import { type CaseView, foldCase } from '../domain/case/view.ts';
import { RunbookError } from '../domain/errors.ts';
import { type CaseId, isGuid, type ObjectId, objectId } from '../domain/ids.ts';
import { eventOf, type StoredEntry, viewEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';

const text = z.string().nullable();
const WORDS = z.looseObject({ contacted: text, more: text, reach: text });
const REASON = z.looseObject({ reason: text });
const LABELS = z.looseObject({ of: z.record(z.string(), z.string()), kept: z.array(z.string()), byHand: z.array(z.string()) });

export type ReportWords = Pick<z.infer<typeof WORDS>, 'contacted' | 'more' | 'reach'>;
export type ItemLabels = Pick<z.infer<typeof LABELS>, 'of' | 'kept' | 'byHand'>;

export interface TimelineEntry {
  readonly seq: number;
  readonly storedAt: number;
  readonly event: LedgerEvent;
}

export interface OpenedCase {
  readonly caseId: CaseId;
  readonly view: CaseView;
  readonly timeline: readonly TimelineEntry[];
  /** By the key of the report. */
  readonly words: ReadonlyMap<string, ReportWords>;
  /** By the digest of the plan. */
  readonly labels: ReadonlyMap<string, ItemLabels>;
  /** By the number of the entry: why a person decided so. */
  readonly reasons: ReadonlyMap<number, string>;
  readonly people: ReadonlyMap<ObjectId, PersonRecord>;
  /** The key of the case was destroyed: nothing sealed can be read. */
  readonly erased: boolean;
}

/** @throws RunbookError LEDGER_REFUSED when another key sealed it, LEDGER_UNAVAILABLE */
export async function openCaseTexts(
  ledger: Ledger,
  people: Pick<PeopleRepository, 'recordOf'>,
  caseId: CaseId,
  entries: readonly StoredEntry[],
): Promise<OpenedCase> {
  const view = foldCase(entries.map(viewEntry));
  if (view === null) throw new RunbookError('CASE_UNKNOWN', 'expected a case that the ledger opened, found none');
  const words = new Map<string, ReportWords>();
  const labels = new Map<string, ItemLabels>();
  const reasons = new Map<number, string>();
  let erased = false;
  for (const entry of entries) {
    const name = sealedFor(entry);
    if (name === null) continue;
    const content = await opened(ledger, caseId, entry.seq, name);
    if (content === ERASED) {
      erased = true;
      break;
    }
    const event = eventOf(entry);
    if (event.kind === 'report.received') keep(words, event.reportKey, WORDS, content);
    if (event.kind === 'plan.made') keep(labels, event.digest, LABELS, content);
    const reason = event.kind === 'decision.received' ? REASON.safeParse(content).data?.reason : null;
    if (typeof reason === 'string') reasons.set(entry.seq, reason);
  }
  const timeline = entries.map((entry) => ({ seq: entry.seq, storedAt: entry.storedAt, event: eventOf(entry) }));
  return { caseId, view, timeline, words, labels, reasons, erased, people: await named(people, view, entries) };
}

const SEALED_FOR_PEOPLE: Readonly<Record<string, string>> = {
  'report.received': 'words',
  'decision.received': 'words',
  'plan.made': 'labels',
};

function sealedFor({ content: { kind, attachments } }: StoredEntry): string | null {
  const name = SEALED_FOR_PEOPLE[kind];
  return name !== undefined && attachments.some((attachment) => attachment.name === name) ? name : null;
}

const ERASED = Symbol('erased');

async function opened(ledger: Ledger, caseId: CaseId, seq: number, name: string): Promise<unknown> {
  try {
    return (await ledger.attachment(caseId, seq, name)).content;
  } catch (error) {
    if (error instanceof RunbookError && error.code === 'KEY_DESTROYED') return ERASED;
    throw error;
  }
}

function keep<Key, Value>(into: Map<Key, Value>, key: Key, schema: z.ZodType<Value>, content: unknown): void {
  const parsed = schema.safeParse(content);
  if (parsed.success) into.set(key, parsed.data);
}

/** Every person that the case names: the subject, reporters and approvers. */
async function named(
  people: Pick<PeopleRepository, 'recordOf'>,
  { subject }: CaseView,
  entries: readonly StoredEntry[],
): Promise<ReadonlyMap<ObjectId, PersonRecord>> {
  const ids = new Set<ObjectId>([subject]);
  for (const { content } of entries) {
    for (const field of ['reporter', 'person', 'by'] as const) {
      for (const id of [content.body[field]].flat()) if (typeof id === 'string' && isGuid(id)) ids.add(objectId(id));
    }
  }
  const records = await Promise.all([...ids].map(async (id) => [id, await people.recordOf(id)] as const));
  return new Map(records.flatMap(([id, record]) => (record === null ? [] : [[id, record] as const])));
}
