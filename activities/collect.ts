// Reads what stands on the account, changes nothing, and keeps every raw
// answer: later steps destroy what it shows. It runs beside containment, which
// never waits for it. What cannot be read is named, not passed over. Where the
// account is closed at once, it draws the eradication from the same readings.
import { type CaseId, objectId } from '../domain/ids.ts';
import { windowOf } from '../domain/log-analysis.ts';
import type { SeenMethod } from '../domain/method.ts';
import type { BlindSpot } from '../domain/step.ts';
import { readIncidentLogs } from './incident-logs.ts';
import { distinct } from './microsoft/directory-reader.ts';
import { asDrafts, attached, type PendingEvent, WORKER } from './pending-events.ts';
import { accountFacts } from './plans/account-facts.ts';
import { draftEradicationSteps } from './plans/eradication.ts';
import { existingPlan, type MadePlan, type PlanTools, storePlan } from './plans/make-plan.ts';
import { NOT_READ, readOrBlindSpot, wholeOf } from './read-or-blind-spot.ts';
import { requireCaseIn } from './require-case.ts';

export interface CollectRun {
  readonly caseId: CaseId;
  readonly subject: string;
  /** The attempt of the eradication that the account is to be asked about; null where containment is not ordered yet. */
  readonly eradication: number | null;
  /** False where containment waits for the logs: they are read for it, and reading them twice would waste the rate limit. */
  readonly withLogs: boolean;
  readonly notes: readonly PendingEvent[];
  /** When no further try will come, an answer that is missing becomes a blind spot. */
  readonly lastTry: boolean;
}

export interface CollectResult {
  readonly blindSpots: readonly BlindSpot[];
  readonly plan: MadePlan | null;
  /** Everything was read, and there is nothing to clean up. */
  readonly nothing: boolean;
}

export async function collect(tools: PlanTools, run: CollectRun): Promise<CollectResult> {
  const subject = objectId(run.subject);
  const { ledger, reader } = tools;
  const entries = await ledger.entries(run.caseId);
  requireCaseIn(entries, subject);
  const known = accountFacts(entries, subject);
  const [account, methods, { signIns, activity }, fingerprint] = await Promise.all([
    readOrBlindSpot('account', run.lastTry, reader.surveyAccount(subject)),
    readOrBlindSpot('sign-in-methods', run.lastTry, reader.methods(subject)),
    run.withLogs ? readIncidentLogs(reader, known, run.lastTry) : { signIns: NOT_READ, activity: NOT_READ },
    ledger.fingerprinter(run.caseId),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const answers = [...account.answers, ...methods.answers, ...signIns.answers, ...activity.answers];
  const blindSpots = distinct([...account.blindSpots, ...methods.blindSpots, ...signIns.blindSpots, ...activity.blindSpots]);
  await ledger.append([
    {
      chain: run.caseId,
      key: 'evidence/collected',
      actor: WORKER,
      event: {
        kind: 'evidence.collected',
        schemaVersion: 1,
        methods: countByKind(methods.value ?? []),
        enabled: account.value?.enabled ?? null,
        blindSpots,
      },
      attachments: attached(answers),
    },
  ]);
  if (run.eradication === null) return { blindSpots, plan: null, nothing: false };
  const place = {
    caseId: run.caseId,
    group: 'eradication',
    round: 1,
    attempt: run.eradication,
    because: 'evidence-collected',
    askedBy: null,
  } as const;
  const existing = await existingPlan(tools, entries, place);
  if (existing !== null) return { blindSpots, plan: existing, nothing: false };
  if (account.value === null) return { blindSpots, plan: null, nothing: false };
  const { passwordChangedAt, sessionsCutAt } = account.value;
  const drawn = draftEradicationSteps(
    {
      subject,
      outsideReach: known.outsideReach,
      account: { passwordChangedAt, sessionsCutAt, readAt: account.answers[0]?.date ?? '' },
      methods: methods.value,
      methodsMissing: methods.blindSpots.length > 0,
      window: windowOf(wholeOf(signIns), wholeOf(activity), known),
      passwordDone: false,
    },
    fingerprint,
  );
  if (drawn === null) return { blindSpots, plan: null, nothing: methods.blindSpots.length === 0 };
  // The answers are attached to evidence.collected.
  return { blindSpots, plan: await storePlan(tools, known, place, drawn, []), nothing: false };
}

function countByKind(methods: readonly SeenMethod[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of methods) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
