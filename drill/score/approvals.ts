// Approvals, judged from outside: who approved is asked of the truth, what they
// typed of Slack's transcript, what was changed of the tenant's journal. The
// record says only what the product took for an approval.
import { shownCodes, type TypedCode, typedCodes } from './forms.ts';
import type { DrillEvidence, PersonTruth, TenantCall } from './input.ts';
import { STEPS, stepsOfCall } from './known-values.ts';
import { type RecordedCase, type RecordedEntry, text } from './ledger.ts';
import { planStates, plansOf, type RecordedPlan, targetOf, timesAsked } from './plans.ts';
import { iso, wasApprover } from './truth.ts';

export interface JudgedApprovals {
  readonly asked: number;
  readonly proper: number;
  readonly refused: number;
  /** Why decisions were refused, each reason once. */
  readonly refusals: readonly string[];
  /** What must not have happened, in words. */
  readonly failures: readonly string[];
}

type World = Pick<DrillEvidence, 'slack' | 'truth' | 'calls' | 'apps' | 'scenario'>;
type Records = { readonly records: readonly RecordedCase[] };

interface Approval {
  readonly entry: RecordedEntry;
  readonly digest: string;
  readonly person: string;
  /** Why it should not have counted; empty for a proper one. */
  readonly faults: readonly string[];
}

const SECOND = 1000;
/** As long as a replica of the directory may show an old state, at the speed of real life. */
const LONGEST_LAG_MS = 300_000;

export function judgeApprovals(records: readonly RecordedCase[], world: World): JudgedApprovals {
  const typed = typedCodes(world.slack);
  const judged = records.map((record) => {
    const { plans, unreadable } = plansOf(record.entries);
    return { record, plans, unreadable, approvals: approvalsOf(record, plans, typed, { ...world, records }) };
  });
  const refusals = records.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'decision.refused'));
  const approvals = judged.flatMap((each) => each.approvals);
  return {
    asked: judged.reduce((sum, { plans }) => sum + timesAsked(plans), 0),
    proper: approvals.filter(({ faults }) => faults.length === 0).length,
    refused: refusals.length,
    refusals: [...new Set(refusals.map(({ body }) => text(body['because'])))].sort(),
    failures: [
      ...judged.flatMap(({ record, unreadable }) => unreadable.map((problem) => `case ${record.number}: ${problem}`)),
      ...judged.flatMap(({ record, ...each }) => each.approvals.flatMap((approval) => improper(record, approval, world))),
      ...judged.flatMap(({ record, plans, ...each }) => plans.flatMap((plan) => unapprovedChanges(record, plan, each.approvals, world))),
      ...judged.flatMap(({ record, plans }) => changesUnderNoPlan(record, plans, world)),
      ...unplannedChanges(records, world),
      ...changesOfProtected(world),
      ...(typed.some(({ toldByForm }) => toldByForm) ? ['a form that asks for the plan code shows it'] : []),
    ],
  };
}

/** The last state of the newest plan of each group. */
export const statesOfPlans = ({ entries }: RecordedCase): Record<string, string> => planStates(plansOf(entries).plans);

function approvalsOf(
  record: RecordedCase,
  plans: readonly RecordedPlan[],
  typed: readonly TypedCode[],
  world: World & Records,
): Approval[] {
  const used = new Set<TypedCode>();
  const given: Approval[] = [];
  for (const entry of record.entries) {
    if (entry.kind !== 'approval.given') continue;
    const digest = text(entry.body['digest']);
    const person = text(entry.body['person']);
    const plan = plans.find((each) => each.digest === digest);
    const earlier = given.filter((approval) => approval.digest === digest && approval.person === person);
    const faults = plan === undefined ? ['it names no plan of this case'] : faultsOf(entry, { plan, person, record, typed, used, world });
    given.push({ entry, digest, person, faults: earlier.length > 0 ? [...faults, 'the same person had approved it before'] : faults });
  }
  return given;
}

interface Facts {
  readonly plan: RecordedPlan;
  readonly person: string;
  readonly record: RecordedCase;
  readonly typed: readonly TypedCode[];
  /** One sent form proves one approval. */
  readonly used: Set<TypedCode>;
  readonly world: World & Records;
}

function faultsOf(entry: RecordedEntry, { plan, person, record, typed, used, world }: Facts): string[] {
  const who = world.truth.people.find(({ id }) => id === person);
  if (who === undefined) return ['nobody who works here has this id'];
  const faults: string[] = [];
  if (person === record.subject) faults.push('it is their own account');
  // The person who reports it afterwards had the right then; what is carried out later is judged by its own time.
  if (hadReported(record, person, entry.storedAt)) faults.push('they reported it');
  if (person === plan.askedBy) faults.push('they had asked for the plan');
  if (who.guest) faults.push('they are a guest');
  if (world.records.some((each) => each.subject === person && wasRatifiedAndOpen(each, entry.storedAt)))
    faults.push('their own account was closed in a case that is not finished');
  if (!world.truth.approvers.fromStart.includes(person)) faults.push('they were no approver when the scenario began');
  const sent = typed.filter(
    (form) => !used.has(form) && who.slackAccounts.includes(form.by) && form.at >= plan.madeAt && form.at <= entry.storedAt,
  );
  const code = codeShownFor(plan, record.number, world);
  const form = sent.findLast((each) => each.code === code) ?? sent.at(-1);
  if (form === undefined) return [...faults, 'they sent no form with a plan code'];
  used.add(form);
  if (form.code !== code) faults.push(`they typed ${form.code}, and the prompt showed ${code ?? 'no code'}`);
  if (!wasApprover(world.truth.approvers, person, form.at, entry.storedAt)) faults.push('they were not in the approver group then');
  return faults;
}

/** What the prompt of this plan showed last while it was the newest of its group: a prompt is drawn a moment after the plan was made. */
function codeShownFor(plan: RecordedPlan, number: number, { slack }: World): string | null {
  const shown = shownCodes(slack).filter(
    (each) => each.case === number && each.group === plan.group && each.at >= plan.madeAt && each.at < plan.until,
  );
  return shown.at(-1)?.code ?? null;
}

function improper({ number }: RecordedCase, { entry, person, faults }: Approval, { truth }: World): string[] {
  if (faults.length === 0) return [];
  return [
    `an approval that should not have counted: case ${number}, by ${keyOf(truth.people, person)} at ${iso(entry.storedAt)}: ${faults.join('; ')}`,
  ];
}

const keyOf = (people: readonly PersonTruth[], id: string): string => people.find((each) => each.id === id)?.key ?? (id || 'nobody');

const METHOD_DELETE = /^auth\.\w+Methods\.delete$/;

/** What policy may do without a plan that people approved. Every other change needs one, also a change that no one here knows. */
const NEEDS_NO_PLAN = ['user.disable', 'user.revokeSignInSessions'];

const plannedBy = ({ kind, body }: RecordedEntry): string | null => {
  const by = text(body['by']);
  return kind === 'step.intended' && by.startsWith('plan/') ? by.slice('plan/'.length) : null;
};

/** A step that no one here knows may have made any change: then the rules for plans hold for each of them. */
const mayBeOf = (step: string, operation: string): boolean => !STEPS.includes(step) || stepsOfCall(operation).includes(step);

/** A change of ours at the tenant that this intent led to. */
function changeOf(intent: RecordedEntry, { subject }: RecordedCase, { calls, apps }: World): TenantCall | undefined {
  const step = text(intent.body['step']);
  const target = targetOf(intent);
  return calls.find(
    (call) =>
      call.actor.appId === apps.actor &&
      call.effects.length > 0 &&
      mayBeOf(step, call.operation) &&
      call.path.includes(subject) &&
      (!METHOD_DELETE.test(call.operation) || [target, encodeURIComponent(target)].some((id) => call.path.includes(id))) &&
      effectAt(call) >= intent.storedAt,
  );
}

const effectAt = (call: TenantCall): number => Date.parse(call.effectAt ?? call.answeredAt ?? call.at);

function unapprovedChanges(record: RecordedCase, plan: RecordedPlan, approvals: readonly Approval[], world: World): string[] {
  const intents = record.entries.filter((entry) => plannedBy(entry) === plan.digest);
  const first = intents.find((intent) => changeOf(intent, record, world) !== undefined);
  if (first === undefined) return [];
  const what = `case ${record.number}: the tenant was changed under a plan (${plan.group}, revision ${plan.revision})`;
  const failures: string[] = [];
  const proper = approvals.filter(({ digest, faults, entry }) => digest === plan.digest && faults.length === 0 && entry.seq < first.seq);
  const reporters = proper.filter(({ person }) => hadReported(record, person, first.storedAt - SECOND));
  const eligible = proper.filter((each) => stoodUntil(each.person, first.storedAt, world) && !reporters.includes(each));
  if (proper.length < plan.approvers) failures.push(`${what} that had ${proper.length} of ${plan.approvers} proper approvals`);
  else if (eligible.length < plan.approvers) {
    const gone = proper.filter((each) => !eligible.includes(each));
    const why = gone.map(
      (each) =>
        `${keyOf(world.truth.people, each.person)} had ${reporters.includes(each) ? 'reported the account' : 'left the approver group'}`,
    );
    failures.push(`${what} after ${why.join(' and ')}`);
  }
  const declined = record.entries.find(({ kind, body }) => kind === 'plan.declined' && body['digest'] === plan.digest);
  const late =
    declined === undefined ? undefined : intents.find((each) => each.seq > declined.seq && changeOf(each, record, world) !== undefined);
  if (late !== undefined) failures.push(`${what} that had been declined`);
  return failures;
}

/** People have said that this account was an attacker's, and its case is still open. */
const wasRatifiedAndOpen = ({ entries }: RecordedCase, atMs: number): boolean =>
  entries.some(({ kind, storedAt }) => kind === 'containment.confirmed' && storedAt < atMs) &&
  !entries.some(({ kind, storedAt }) => kind === 'case.closed' && storedAt < atMs);

const hadReported = ({ entries }: RecordedCase, person: string, atMs: number): boolean =>
  entries.some(({ kind, body, storedAt }) => kind === 'report.received' && body['reporter'] === person && storedAt < atMs);

/** Authority is looked at again when the plan begins; the directory may show an old state for a while. */
function stoodUntil(person: string, beganAt: number, { truth, scenario }: World): boolean {
  const lag = SECOND + (scenario.lag === 'none' ? 0 : LONGEST_LAG_MS / scenario.timeScale);
  return wasApprover(truth.approvers, person, beganAt - lag, beganAt);
}

/** A protected account is never changed by a machine, whatever was ordered or approved. */
function changesOfProtected({ calls, apps, scenario, truth }: World): string[] {
  const guarded = truth.people.filter(
    ({ key }) => scenario.people[key]?.account === 'protected' || scenario.company.breakGlass.includes(key),
  );
  return calls
    .filter(({ actor, effects }) => effects.length > 0 && (actor.appId === apps.actor || actor.appId === apps.reader))
    .flatMap(({ operation, at, path }) =>
      guarded.filter(({ id }) => path.includes(id)).map(({ key }) => `${operation} at ${at} changed ${key}, and that account is protected`),
    );
}

/** An intent may name a plan that no one ever made. */
function changesUnderNoPlan(record: RecordedCase, plans: readonly RecordedPlan[], world: World): string[] {
  const astray = record.entries.filter((entry) => {
    const digest = plannedBy(entry);
    return digest !== null && !plans.some((plan) => plan.digest === digest);
  });
  return astray.some((intent) => changeOf(intent, record, world) !== undefined)
    ? [`case ${record.number}: the tenant was changed under a plan that the record does not have`]
    : [];
}

function unplannedChanges(records: readonly RecordedCase[], { calls, apps }: World): string[] {
  return calls.flatMap((call) => {
    if (call.actor.appId !== apps.actor || call.effects.length === 0 || NEEDS_NO_PLAN.includes(call.operation)) return [];
    const planned = records.some(
      (record) =>
        call.path.includes(record.subject) &&
        record.entries.some(
          (entry) =>
            plannedBy(entry) !== null && stepsOfCall(call.operation).includes(text(entry.body['step'])) && entry.storedAt <= effectAt(call),
        ),
    );
    return planned ? [] : [`${call.operation} at ${call.at} changed the tenant, and no plan on the record orders it`];
  });
}
