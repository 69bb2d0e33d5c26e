// The judge. It reads journals, the truth and the bundles, and nothing of the
// product's own opinion of itself: a claim counts only as far as the truth bears
// it out.
import { changesWithoutIntent, type FalseClaim, falseClaimsOfRecord } from './score-claims.ts';
import { differences } from './score-expect.ts';
import { type HistoryScore, scoreHistory } from './score-history.ts';
import type { DrillEvidence, PersonTruth } from './score-input.ts';
import { falseClaimsOfMessages } from './score-messages.ts';
import { blindSpotsOf, type RecordedCase, readCase, readEntries } from './score-record.ts';
import { type SecretFound, searchSecrets } from './score-secrets.ts';
import { closedSince, wasClosed } from './score-truth.ts';

/** What a drill came to. The names up to `bundle` are promised to whoever reads `--json`. */
export interface Score {
  readonly scenario: string;
  readonly outcome: RecordedCase['outcome'] | 'no-case';
  /** From the acknowledged report to both doors shut by the truth, real milliseconds; null when they never were. */
  readonly closedMs: number | null;
  /** As the record claims them. */
  readonly effectiveBy: string | null;
  readonly containedAt: string | null;
  readonly footholds: { readonly planted: number; readonly left: number };
  readonly ownersThings: { readonly present: number; readonly byPlaybook: number; readonly byChoice: number; readonly wrongly: number };
  readonly approvals: { readonly asked: number; readonly proper: number; readonly refused: number };
  readonly intruder: { readonly lastAccess: string | null; readonly refusedSince: string | null };
  readonly falseClaims: readonly FalseClaim[];
  readonly ledger: { readonly entries: number; readonly verified: boolean };
  readonly secretsFound: number;
  readonly blindSpots: readonly string[];
  readonly history: HistoryScore;
  readonly bundle: string | null;

  readonly passed: boolean;
  /** Every reason why it did not pass, in words. */
  readonly failures: readonly string[];
  readonly cases: number;
  /** Every case, the one the scenario is about first. */
  readonly each: readonly {
    readonly number: number;
    readonly person: string;
    readonly outcome: string;
    readonly account: 'closed' | 'open';
  }[];
  readonly reports: number;
  /** How long Slack waited for the app to answer. */
  readonly acks: { readonly count: number; readonly slowestMs: number; readonly late: number };
  readonly held: boolean;
  readonly paged: boolean;
  readonly failedSteps: readonly string[];
  readonly account: 'closed' | 'open';
  readonly intruderOut: boolean;
  readonly secrets: readonly SecretFound[];
  readonly searchedBytes: number;
}

interface Judged {
  readonly record: RecordedCase;
  readonly person: PersonTruth;
}

export function score(evidence: DrillEvidence): Score {
  const { scenario, truth } = evidence;
  const troubles = [...evidence.troubles];
  const cases = judgedCases(evidence, troubles);
  const first = cases[0];
  const person = first?.person ?? mainPerson(evidence);
  const tenant = readEntries(evidence.tenantEntries);
  const secrets = searchSecrets(evidence.collected, evidence.needles, evidence.control);
  const falseClaims = [
    ...cases.flatMap(({ record, person: subject }) => falseClaimsOfRecord(record, subject, evidence)),
    ...falseClaimsOfMessages(evidence.slack, cases, evidence.pages),
  ].sort((a, b) => a.at.localeCompare(b.at));
  const ownersThings = judgeOwnersThings(evidence, cases);
  const refusedActs = tenant.filter((entry) => entry.kind === 'envelope.refused').length;
  const reports = cases.reduce((sum, { record }) => sum + record.reports, 0);
  const history = scoreHistory(
    evidence.histories.filter((run) => first !== undefined && run.workflowId.endsWith(first.record.subject)),
    { reports: first?.record.reports ?? 0, refusals: refusedActs, decisions: decisionsIn(first?.record) },
  );

  const card = {
    scenario: scenario.name,
    outcome: first?.record.outcome ?? ('no-case' as const),
    closedMs: closedMsOf(evidence, first),
    effectiveBy: first?.record.effectiveBy ?? null,
    containedAt: first?.record.containedAt ?? null,
    footholds: { planted: truth.footholds.length, left: truth.footholds.filter((each) => each.present).length },
    ownersThings,
    approvals: approvalsOf(cases),
    intruder: { lastAccess: person?.intruder.lastAccess ?? null, refusedSince: person?.intruder.refusedSince ?? null },
    falseClaims,
    ledger: {
      entries: cases.reduce((sum, { record }) => sum + record.entries.length, 0),
      verified: cases.length > 0 && evidence.bundles.length === cases.length && evidence.bundles.every((bundle) => bundle.verified),
    },
    secretsFound: secrets.found.length,
    blindSpots: first === undefined ? [] : blindSpotsOf(first.record.entries),
    history,
    bundle: bundleOf(evidence, first),
    cases: cases.length,
    each: cases.map((one) => ({
      number: one.record.number,
      person: one.person.key,
      outcome: one.record.outcome,
      account: accountOf(one),
    })),
    acks: acksOf(evidence),
    reports,
    held: first?.record.held ?? false,
    paged: evidence.pages.length > 0,
    failedSteps: first?.record.failedSteps ?? [],
    account: first === undefined ? ('open' as const) : accountOf(first),
    intruderOut: person === undefined || !person.intruder.usableNow,
    secrets: secrets.found,
    searchedBytes: secrets.searchedBytes,
  };
  const failures = [
    ...troubles,
    ...falseClaims.map((claim) => `a false claim: ${claim.claim}, while ${claim.truth} (${claim.where})`),
    ...changesWithoutIntent(
      cases.map(({ record }) => record),
      evidence,
    ),
    ...secrets.found.map(({ name, material, where }) => `a secret was found: ${name} in the ${material} (${where})`),
    ...secrets.blindIn.map((material) => `the search for secrets missed its own control in the ${material}`),
    ...evidence.bundles.filter((bundle) => !bundle.verified).map((bundle) => `the bundle does not verify: ${bundle.said}`),
    ...(ownersThings.wrongly > 0
      ? [`${ownersThings.wrongly} of the owners' things were touched by us, and nothing in the record orders it`]
      : []),
    ...unknownCalls(evidence),
    ...(cases.length > 0 && history.events > history.limit
      ? [`the engine's history has ${history.events} events; what happened allows ${history.limit}`]
      : []),
    ...differences(scenario.expect, {
      ...card,
      closedBy: closedBy(person),
      footholdsLeft: card.footholds.left,
      ownersThingsTouched: ownersThings.byPlaybook + ownersThings.byChoice + ownersThings.wrongly,
      refusedActs,
    }),
  ];
  return { ...card, passed: failures.length === 0, failures };
}

/** Whom the scenario is about comes first; then the order of the record. */
function judgedCases(evidence: DrillEvidence, troubles: string[]): Judged[] {
  const { bundles, truth } = evidence;
  const main = mainPerson(evidence);
  const judged = bundles.flatMap((bundle) => {
    try {
      const record = readCase(readEntries(bundle.entries));
      const person = truth.people.find((each) => each.id === record?.subject);
      if (record !== null && person !== undefined) return [{ record, person }];
      troubles.push(`the bundle ${bundle.path} tells of no case of anybody who works here`);
    } catch (error) {
      troubles.push(`the bundle ${bundle.path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    return [];
  });
  return [...judged.filter(({ person }) => person === main), ...judged.filter(({ person }) => person !== main)];
}

/** Whoever the intruder went for first, else whoever was reported first. */
function mainPerson({ scenario, truth }: DrillEvidence): PersonTruth | undefined {
  const report = scenario.staff.acts.find((act) => act.do === 'report');
  const reported = report?.do === 'report' ? (report.about ?? report.person) : undefined;
  const key = scenario.intruder.acts[0]?.person ?? reported;
  return truth.people.find((person) => person.key === key);
}

const bundleOf = ({ bundles }: DrillEvidence, first: Judged | undefined): string | null =>
  bundles.find((bundle) => first !== undefined && bundle.entries.includes(first.record.subject))?.path ?? bundles[0]?.path ?? null;

const accountOf = ({ record, person }: Judged): 'closed' | 'open' =>
  wasClosed(person, record.openedAt - 1000, Number.POSITIVE_INFINITY) ? 'closed' : 'open';

function acksOf({ slack }: DrillEvidence): Score['acks'] {
  const acks = slack.filter((moment) => moment.kind === 'envelope.acked');
  return {
    count: acks.length,
    slowestMs: Math.max(0, ...acks.map((ack) => ack.within ?? 0)),
    late: acks.filter((ack) => ack.late === true).length + slack.filter((moment) => moment.kind === 'envelope.timed-out').length,
  };
}

function closedBy(person: PersonTruth | undefined): 'product' | 'person' | 'nobody' {
  const last = person?.enabled.findLast((change) => !change.to);
  return last === undefined ? 'nobody' : last.by;
}

/** Slack's own clock: the ack of the first submitted report of this run. */
function closedMsOf({ slack }: DrillEvidence, first: Judged | undefined): number | null {
  if (first === undefined) return null;
  const submissions = new Set(
    slack
      .filter((moment) => moment.kind === 'envelope.sent' && moment.payloadType === 'view_submission')
      .map((moment) => moment.envelopeId),
  );
  const acked = slack.find((moment) => moment.kind === 'envelope.acked' && moment.late !== true && submissions.has(moment.envelopeId));
  const closed = closedSince(first.person, first.record.openedAt - 1000);
  return acked === undefined || closed === null ? null : Math.max(0, closed - Date.parse(acked.at));
}

/** A thing of an owner that one of our apps changed: ordered by a recorded intent, or wrongly. */
function judgeOwnersThings({ truth, apps }: DrillEvidence, cases: readonly Judged[]): Score['ownersThings'] {
  const touched = truth.ownersThings.filter((thing) => thing.changedByApp === apps.actor || thing.changedByApp === apps.reader);
  const ordered = (id: string, kind: 'step.intended' | 'choice.recorded'): boolean =>
    cases.some(({ record }) => record.entries.some((entry) => entry.kind === kind && JSON.stringify(entry.body).includes(id)));
  const byChoice = touched.filter((thing) => ordered(thing.id, 'choice.recorded'));
  const byPlaybook = touched.filter((thing) => !byChoice.includes(thing) && ordered(thing.id, 'step.intended'));
  return {
    present: truth.ownersThings.filter((thing) => thing.present).length,
    byPlaybook: byPlaybook.length,
    byChoice: byChoice.length,
    wrongly: touched.length - byChoice.length - byPlaybook.length,
  };
}

function approvalsOf(cases: readonly Judged[]): Score['approvals'] {
  const kinds = cases.flatMap(({ record }) => record.entries.map((entry) => entry.kind));
  const count = (pattern: RegExp): number => kinds.filter((kind) => pattern.test(kind)).length;
  return { asked: count(/^approval\.asked$/), proper: count(/^(approval\.given|plan\.approved)$/), refused: count(/^approval\.refused$/) };
}

const decisionsIn = (record: RecordedCase | undefined): number =>
  record?.entries.filter((entry) => /^(plan\.(approved|denied)|approval\.given)$/.test(entry.kind)).length ?? 0;

function unknownCalls({ calls, slack }: DrillEvidence): string[] {
  const tenant = calls
    .filter((call) => call.unknown === true)
    .map((call) => `the tenant was asked for something it does not know: ${call.path}`);
  const workspace = slack
    .filter((moment) => moment.unknown === true)
    .map((moment) => `the workspace was asked for a method it does not know: ${moment.method ?? ''}`);
  return [...new Set([...tenant, ...workspace])];
}
