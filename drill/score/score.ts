// The judge. It reads journals, the truth and the bundles, and nothing of the
// product's own opinion of itself: a claim counts only as far as the truth bears
// it out.
import { judgeApprovals, statesOfPlans } from './approvals.ts';
import { changesWithoutIntent, type FalseClaim, falseClaimsOfRecord } from './claims.ts';
import { falseEndings } from './endings.ts';
import { differences } from './expectations.ts';
import { type HistoryScore, scoreHistory } from './history.ts';
import type { DrillEvidence, PersonTruth } from './input.ts';
import { judgeOwnersItems, type OwnersItems } from './items.ts';
import { blindSpotsOf, type RecordedCase, readCase, readEntries } from './ledger.ts';
import { falseClaimsOfMessages, shownToItsSubject, unknownSentences } from './messages.ts';
import { type SecretFound, searchSecrets } from './secrets.ts';
import { blockedSince, wasBlocked } from './truth.ts';
import { unknownThings } from './unknown-values.ts';

/** What a drill came to. The names up to `bundle` are promised to readers of `--json`. */
export interface Score {
  readonly scenario: string;
  readonly outcome: RecordedCase['outcome'] | 'no-case';
  /** From the acknowledged report to sign-in blocked and sessions revoked, by the truth, real milliseconds; null when they never were. */
  readonly closedMs: number | null;
  /** As the ledger claims them. */
  readonly effectiveBy: string | null;
  readonly containedAt: string | null;
  readonly footholds: { readonly planted: number; readonly left: number };
  readonly ownersThings: OwnersItems;
  readonly approvals: { readonly asked: number; readonly proper: number; readonly refused: number };
  /** Of everybody the attacker went for together, the last of each. */
  readonly attacker: { readonly lastAccess: string | null; readonly refusedSince: string | null };
  readonly falseClaims: readonly FalseClaim[];
  readonly ledger: { readonly entries: number; readonly verified: boolean };
  readonly secretsFound: number;
  readonly blindSpots: readonly string[];
  /** What the end of the ledger says that no one checked. */
  readonly notChecked: readonly string[];
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
    readonly account: 'blocked' | 'open';
  }[];
  readonly reports: number;
  /** How long Slack waited for the app to answer. */
  readonly acks: { readonly count: number; readonly slowestMs: number; readonly late: number };
  readonly held: boolean;
  /** Of the first case, as is what follows. */
  readonly finished: boolean;
  readonly confirmed: boolean;
  /** A person said that they will call the owner. */
  readonly callTaken: boolean;
  /** What became of the newest plan of each group. */
  readonly plans: Readonly<Record<string, string>>;
  /** Why decisions were refused, in all cases, each reason once. */
  readonly refusals: readonly string[];
  /** Everybody the attacker went for. */
  readonly wentFor: readonly {
    readonly person: string;
    readonly lastAccess: string | null;
    readonly refusedSince: string | null;
    readonly out: boolean;
  }[];
  readonly paged: boolean;
  readonly pagedNext: boolean;
  readonly failedSteps: readonly string[];
  readonly account: 'blocked' | 'open';
  readonly attackerOut: boolean;
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
    ...falseEndings(evidence.slack, cases, truth),
  ].sort((a, b) => a.at.localeCompare(b.at));
  const ownersThings = judgeOwnersItems(evidence, cases);
  const {
    failures: approvalFailures,
    refusals,
    ...approvals
  } = judgeApprovals(
    cases.map(({ record }) => record),
    evidence,
  );
  const wentFor = wentForOf(evidence);
  const refusedActions = tenant.filter((entry) => entry.kind === 'envelope.refused').length;
  const reports = cases.reduce((sum, { record }) => sum + record.reports, 0);
  const history = scoreHistory(
    evidence.histories.filter((run) => first !== undefined && run.workflowId.endsWith(first.record.subject)),
    {
      reports: first?.record.reports ?? 0,
      refusals: refusedActions + refusedIn(first?.record),
      decisions: decisionsIn(first?.record),
      killed: scenario.faults.some((fault) => fault.in === 'process'),
    },
  );

  const card = {
    scenario: scenario.name,
    outcome: first?.record.outcome ?? ('no-case' as const),
    closedMs: closedMsOf(evidence, first),
    effectiveBy: first?.record.effectiveBy ?? null,
    containedAt: first?.record.containedAt ?? null,
    footholds: { planted: truth.footholds.length, left: truth.footholds.filter((each) => each.present).length },
    ownersThings,
    approvals,
    attacker: {
      lastAccess: latest(wentFor.map((each) => each.lastAccess)),
      refusedSince: latest(wentFor.map((each) => each.refusedSince)),
    },
    falseClaims,
    ledger: {
      entries: cases.reduce((sum, { record }) => sum + record.entries.length, 0),
      verified: cases.length > 0 && evidence.bundles.length === cases.length && evidence.bundles.every((bundle) => bundle.verified),
    },
    secretsFound: secrets.found.length,
    blindSpots: first === undefined ? [] : blindSpotsOf(first.record.entries),
    notChecked: first?.record.notChecked ?? [],
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
    finished: first?.record.finished ?? false,
    confirmed: first?.record.confirmed ?? false,
    callTaken: countIn(first?.record, 'call.taken') > 0,
    plans: first === undefined ? {} : statesOfPlans(first.record),
    refusals,
    wentFor,
    paged: evidence.pages.length > 0,
    pagedNext: evidence.pages.some(({ line }) => line > 1),
    failedSteps: first?.record.failedSteps ?? [],
    account: first === undefined ? ('open' as const) : accountOf(first),
    attackerOut: wentFor.every((each) => each.out),
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
    ...approvalFailures,
    ...secrets.found.map(({ name, material, where }) => `a secret was found: ${name} in the ${material} (${where})`),
    ...secrets.blindIn.map((material) => `the search for secrets missed its own control in the ${material}`),
    ...evidence.bundles.filter((bundle) => !bundle.verified).map((bundle) => `the bundle does not verify: ${bundle.said}`),
    ...(ownersThings.wrongly > 0
      ? [`${ownersThings.wrongly} of the owners' things were touched by us, and nothing in the record orders it`]
      : []),
    ...unknownThings(
      evidence,
      cases.map(({ record }) => record),
      tenant,
    ),
    ...unknownSentences(evidence.slack, evidence.pages, cases),
    ...shownToItsSubject(evidence.slack, cases, truth),
    ...(cases.length > 0 && history.events > history.limit
      ? [`the engine's history has ${history.events} events; what happened allows ${history.limit}`]
      : []),
    ...differences(scenario.expect, {
      ...card,
      blockedBy: blockedBy(person),
      footholdsLeft: card.footholds.left,
      ownersItemsTouched: ownersThings.byPlaybook + ownersThings.byChoice + ownersThings.wrongly,
      refusedActions,
    }),
  ];
  return { ...card, passed: failures.length === 0, failures };
}

/** Whom the scenario is about comes first; then the order of the ledger. */
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

/** The person whom the attacker went for first, else the person who was reported first. */
function mainPerson({ scenario, truth }: DrillEvidence): PersonTruth | undefined {
  const report = scenario.staff.actions.find((act) => act.do === 'report');
  const reported = report?.do === 'report' ? (report.about ?? report.person) : undefined;
  const key = attacks(scenario)[0]?.person ?? reported;
  return truth.people.find((person) => person.key === key);
}

/** A person who is put into the approver group is no victim. */
const attacks = ({ attacker }: DrillEvidence['scenario']) => attacker.actions.filter((act) => act.do !== 'joinGroup');

const bundleOf = ({ bundles }: DrillEvidence, first: Judged | undefined): string | null =>
  bundles.find((bundle) => first !== undefined && bundle.entries.includes(first.record.subject))?.path ?? bundles[0]?.path ?? null;

const accountOf = ({ record, person }: Judged): 'blocked' | 'open' =>
  wasBlocked(person, record.openedAt - 1000, Number.POSITIVE_INFINITY) ? 'blocked' : 'open';

function acksOf({ slack }: DrillEvidence): Score['acks'] {
  const acks = slack.filter((moment) => moment.kind === 'envelope.acked');
  return {
    count: acks.length,
    slowestMs: Math.max(0, ...acks.map((ack) => ack.within ?? 0)),
    late: acks.filter((ack) => ack.late === true).length + slack.filter((moment) => moment.kind === 'envelope.timed-out').length,
  };
}

function blockedBy(person: PersonTruth | undefined): 'product' | 'person' | 'nobody' {
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
  const closed = blockedSince(first.person, first.record.openedAt - 1000);
  return acked === undefined || closed === null ? null : Math.max(0, closed - Date.parse(acked.at));
}

/** The people whom the scenario names come first, then all others whom the truth names. */
function wentForOf({ scenario, truth }: DrillEvidence): Score['wentFor'] {
  const named = attacks(scenario).map((act) => act.person);
  const met = truth.people.filter(({ attacker }) => attacker.everIn || attacker.refusedSince !== null).map(({ key }) => key);
  return [...new Set([...named, ...met])].flatMap((key) => {
    const attacker = truth.people.find((each) => each.key === key)?.attacker;
    if (attacker === undefined) return [];
    const { lastAccess, refusedSince, usableNow } = attacker;
    return [{ person: key, lastAccess, refusedSince, out: !usableNow }];
  });
}

const latest = (times: readonly (string | null)[]): string | null =>
  times
    .filter((each) => each !== null)
    .sort()
    .at(-1) ?? null;

const countIn = (record: RecordedCase | undefined, kind: string): number =>
  record?.entries.filter((entry) => entry.kind === kind).length ?? 0;
const refusedIn = (record: RecordedCase | undefined): number => countIn(record, 'decision.refused');
const decisionsIn = (record: RecordedCase | undefined): number => Math.max(0, countIn(record, 'decision.received') - refusedIn(record));
