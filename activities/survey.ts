// Reads what stands on the account, changes nothing, and keeps every raw
// answer: later steps destroy what it shows. It runs beside containment, which
// never waits for it. What cannot be read is named, not passed over.
import { type CaseId, objectId } from '../domain/ids.ts';
import type { BlindSpot, RawAnswer, Reading } from '../domain/step.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { blindSpotOf, type DirectoryReader, distinct, mayStillCome } from './graph/directory.ts';
import { asDrafts, attached, type Note, WORKER } from './notes.ts';

export interface SurveyRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly notes: readonly Note[];
  /** When no further try will come, an answer that is missing becomes a blind spot. */
  readonly lastTry: boolean;
}

export async function survey(
  tools: { readonly ledger: Ledger; readonly reader: DirectoryReader },
  run: SurveyRun,
): Promise<{ blindSpots: BlindSpot[] }> {
  const subject = objectId(run.subject);
  const [account, methods] = await Promise.all([
    seeing('account', run.lastTry, tools.reader.surveyAccount(subject)),
    seeing('sign-in methods', run.lastTry, tools.reader.methods(subject)),
    tools.ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const blindSpots = distinct([...account.blindSpots, ...methods.blindSpots]);
  await tools.ledger.append([
    {
      chain: run.caseId,
      key: 'survey/stored',
      actor: WORKER,
      event: {
        kind: 'survey.stored',
        schemaVersion: 1,
        methods: countByKind(methods.value ?? []),
        enabled: account.value?.enabled ?? null,
        blindSpots,
      },
      attachments: attached([...account.answers, ...methods.answers]),
    },
  ]);
  return { blindSpots };
}

export interface Seen<Value> {
  readonly value: Value | null;
  readonly answers: readonly RawAnswer[];
  readonly blindSpots: readonly BlindSpot[];
}

/** A reading that may fail: a missing licence or right is a blind spot at once, a missing answer only on the last try. */
export async function seeing<Value>(what: BlindSpot['what'], lastTry: boolean, reading: Promise<Reading<Value>>): Promise<Seen<Value>> {
  try {
    return { ...(await reading), blindSpots: [] };
  } catch (error) {
    const spot = blindSpotOf(what, error);
    if (spot === null || (!lastTry && mayStillCome(error))) throw error;
    return { value: null, answers: [], blindSpots: [spot] };
  }
}

function countByKind(methods: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const method of methods) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
}
