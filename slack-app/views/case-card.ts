// The card of a case in the responders' channel, rendered from the ledger each time. It always shows both times of a
// block, every failure with its manual task, and every blind spot by name. The skeleton (header, rich text, context) never changes: Slack may refuse to
// replace rich text by something else.
import type { KnownBlock, RichTextBlock } from '@slack/types';
import type { PlanBecause } from '../../domain/case/events.ts';
import type { CaseView, ReportView, StepView } from '../../domain/case/view.ts';
import { type HoldReason, holdReasonText } from '../../domain/hold.ts';
import { failure, MANUAL_DECISION, MANUAL_TASK, PLAN_KIND_NAME, STEP_NAME } from '../../domain/labels.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { requiredContainmentSteps } from '../../domain/policy.ts';
import { mostSerious, WHAT_HAPPENED, WHAT_HAPPENED_TO } from '../../domain/report.ts';
import type { ContainmentStep } from '../../domain/step.ts';
import { BECAUSE, itemCount, PLAN_NOT_HERE, PLAN_STATE } from '../plan-wording.ts';
import type { Untrusted } from '../untrusted.ts';
import {
  ACCOUNT_KIND,
  BLIND_SPOT_WHAT,
  BLIND_SPOT_WHY,
  beingWorkedOn,
  CARD,
  type HiddenBecause,
  notShownHere,
  OUTSIDE_REACH,
  PROTECTED,
  PROTECTED_BECAUSE,
  readReportWith,
  STEP_NOT_ORDERED,
  STEP_READ,
  STEP_STATE,
} from '../wording.ts';
import { callLines } from './call-lines.ts';
import { caseButtons } from './case-buttons.ts';
import { effectiveLine } from './deadline-line.ts';
import type { Message } from './message.ts';
import { namesNotChecked, notCheckedLine } from './not-checked-line.ts';
import { type Names, personPieces } from './person.ts';
import { plain } from './report-modal.ts';
import { reporterWords, type WrittenWords } from './reporter-words.ts';
import { bullets, dateElement, line, type Piece, paragraph, richText, strong, utcTime } from './rich-text.ts';
import { accountWords, heldForNow, isHeld, isHeldOpen, statusOf } from './status.ts';

type Elements = RichTextBlock['elements'];

const MOST_REPORTERS = 5;
const HASH_SHOWN = 12;

/** Sealed texts that the card shows. */
export interface CardTexts {
  readonly words: WrittenWords;
  /** The subject's number in the personnel record. */
  readonly phone: Untrusted | null;
}

const NO_TEXTS: CardTexts = { words: new Map(), phone: null };

export function caseCard(view: CaseView, caseId: string, names: Names, nowMs: number, texts: CardTexts = NO_TEXTS): Message {
  return {
    text: sentence(view, nowMs),
    blocks: [
      ...skeleton(
        headline(view),
        [
          ...who(view, names),
          ...reporterWords(view, texts.words, names),
          ...callLines(view, names, texts.phone),
          ...clocks(view, nowMs),
          ...steps(view),
          ...confirmation(view, names),
          ...plans(view),
          ...forPeople(view, names),
          ...protectedAccount(view),
          ...outsideReach(view),
          ...pages(view, names),
          ...blindSpots(view),
          ...notCheckedLine(view),
        ],
        `Ledger: ${view.head.seq} entries, head ${view.head.hash.slice(0, HASH_SHOWN)}`,
      ),
      ...caseButtons(view, caseId, names),
    ],
  };
}

/** The card where other people may read it: only that there is a case. */
export function hiddenCard(number: number, because: HiddenBecause): Message {
  const text = `${beingWorkedOn(number)} ${notShownHere(because)} ${readReportWith(number)}`;
  return { text, blocks: skeleton(`Case ${number}`, [line(text)], 'Nothing about this case is shown in this channel.') };
}

const skeleton = (header: string, elements: Elements, context: string): KnownBlock[] => [
  { type: 'header', text: plain(header) },
  richText(...elements),
  { type: 'context', elements: [plain(context)] },
];

/** "Case 1042: on hold, account blocked"; "Case 1042 closed: account contained". */
function headline(view: CaseView): string {
  const states = [
    ...(isHeld(view) ? ['on hold'] : []),
    ...(view.account === 'protected' ? ['protected account'] : []),
    ...(view.account !== 'protected' || view.blockedAt !== null ? [accountWords(view)] : []),
  ];
  return `Case ${view.number}${view.outcome === null ? '' : ' closed'}: ${states.join(', ')}`;
}

/** For notifications and screen readers: ids and times only, because Slack parses this text. */
function sentence(view: CaseView, nowMs: number): string {
  const ended = view.outcome === null ? '' : ` The case is closed.${namesNotChecked(view) === null ? '' : CARD.notAllChecked}`;
  const hold = isHeld(view) ? ' The case is on hold and needs a person.' : '';
  return `Case ${view.number}: ${isHeldOpen(view) ? 'the account is not blocked.' : stateSentence(view, nowMs)}${hold}${ended}`;
}

function stateSentence(view: CaseView, nowMs: number): string {
  const blocked = view.blockedAt === null ? '' : utcTime(view.blockedAt);
  switch (statusOf(view)) {
    case 'triage':
      return 'a report has come in, and the account is being checked.';
    case 'reading-logs':
      return 'the logs are being read first; the account is not blocked.';
    case 'waiting-for-person':
      if (view.state === 'released') return 'a person must decide. The account was released as a false alarm and is enabled.';
      return view.steps.some((step) => step.state !== 'waiting')
        ? 'a person must decide; the account is not blocked.'
        : 'a person must decide. Nothing was changed automatically.';
    case 'containing':
      return 'the account is being blocked.';
    case 'blocked':
      return `the account was blocked at ${blocked}.${mayStay(view, nowMs)}`;
    case 'blocked-not-all-checked':
      return `the account was blocked at ${blocked}, and some logs could not be read.`;
    case 'blocked-attacker-seen':
      return `the account was blocked at ${blocked}, and ${CARD.seenInside}.`;
    case 'contained':
      return `the account is contained. It was blocked at ${blocked}.`;
    case 'contained-here-only':
      return `the account is contained here only; other places must act too. It was blocked here at ${blocked}.`;
    case 'released':
      return 'the account was released as a false alarm and is enabled.';
  }
}

function mayStay({ effectiveBy }: CaseView, nowMs: number): string {
  if (effectiveBy === null) return '';
  return nowMs < effectiveBy
    ? ` A session inside Microsoft may last until ${utcTime(effectiveBy)}; ${CARD.otherApps}`
    : ` The last session inside Microsoft could last until ${utcTime(effectiveBy)}; ${CARD.otherApps}`;
}

function who(view: CaseView, names: Names): Elements {
  const kind = view.account === null ? 'kind of account not known yet' : ACCOUNT_KIND[view.account];
  return [line(strong('Account: '), ...personPieces(view.subject, names), `, ${kind}`), ...reported(view, names)];
}

/** The most serious report and the latest one: a later report may withdraw the first, or say more. */
function reported(view: CaseView, names: Names): Elements {
  const { reports } = view;
  const serious = mostSerious(reports);
  const latest = reports.at(-1);
  if (serious === null || latest === undefined) return [paragraph(strong('Reports: '), 'none in the ledger yet')];
  if (reports.length === 1) return [paragraph(strong('Report: '), ...reportPieces(serious, view, names))];
  return [
    line(strong(`${reports.length} reports: `), ...reportersIn(reports, names)),
    ...(serious === latest ? [] : [line(strong('Most serious: '), ...reportPieces(serious, view, names))]),
    paragraph(strong(serious === latest ? 'Latest and most serious: ' : 'Latest: '), ...reportPieces(latest, view, names)),
  ];
}

function reportersIn(reports: readonly ReportView[], names: Names): Piece[] {
  const reporters = [...new Set(reports.map((report) => report.reporter))];
  const named = reporters.slice(0, MOST_REPORTERS).flatMap((id, at): Piece[] => [...(at === 0 ? [] : [', ']), ...personPieces(id, names)]);
  return [...named, ...(reporters.length > MOST_REPORTERS ? [` and ${reporters.length - MOST_REPORTERS} more`] : [])];
}

function reportPieces({ reporter, what, receivedAt }: ReportView, { subject }: CaseView, names: Names): Piece[] {
  const said: Piece[] =
    reporter === subject
      ? [` reports: “${WHAT_HAPPENED[what]}”`]
      : [' reports that ', ...personPieces(subject, names), ` ${WHAT_HAPPENED_TO[what]}`];
  return [...personPieces(reporter, names), ...said, ', ', dateElement(Date.parse(receivedAt))];
}

function clocks(view: CaseView, nowMs: number): Elements {
  return effectiveLine(view, nowMs).map((pieces) => paragraph(...pieces));
}

function steps(view: CaseView): Elements {
  // The containment steps say nothing about an account that was released.
  if (view.steps.length === 0 || view.state === 'released') return [];
  const list: Elements = [
    bullets([
      ...view.steps.map((step) => [strong(STEP_NAME[step.step]), ': ', ...stepState(step)]),
      ...notOrdered(view).map((step) => [strong(STEP_NAME[step.step]), ': ', step.words]),
    ]),
    paragraph(),
  ];
  const failed = view.steps.filter((step) => step.state === 'failed');
  // On hold, the same advice is shown with the hold.
  if (failed.length === 0 || view.outcome !== null || isHeld(view)) return list;
  return [
    ...list,
    line(strong('Do this by hand now:')),
    bullets(failed.map((step) => [`${STEP_NAME[step.step]}: ${MANUAL_TASK[step.step]}`])),
    paragraph(),
  ];
}

function stepState(step: StepView): Piece[] {
  const words = STEP_STATE[step.state];
  if (step.state === 'failed') return [`${words}${failure(step.code)}`];
  const readAt = step.readAt === null ? Number.NaN : Date.parse(step.readAt);
  const read = STEP_READ[step.state];
  return Number.isNaN(readAt) || read === undefined ? [words] : [words, read, dateElement(readAt)];
}

/** Required containment steps that are not ordered, and why. */
function notOrdered(view: CaseView): { readonly step: ContainmentStep; readonly words: string }[] {
  const phase = statusOf(view);
  if (phase !== 'reading-logs' && phase !== 'waiting-for-person') return [];
  const words = phase === 'reading-logs' ? STEP_NOT_ORDERED.logs : STEP_NOT_ORDERED.person;
  const missing = requiredContainmentSteps(view.account).filter((name) => !view.steps.some((step) => step.step === name));
  return missing.map((step) => ({ step, words }));
}

function confirmation(view: CaseView, names: Names): Elements {
  if (view.confirmedBy !== null) return [paragraph(CARD.confirmedBy, ...personPieces(view.confirmedBy, names), '.')];
  // Before the account is blocked there is nothing to confirm.
  return view.waitsForRatification && view.blockedAt !== null ? [paragraph(strong(CARD.toBeConfirmed))] : [];
}

/** One line per plan; its prompt shows the rest. */
function plans(view: CaseView): Elements {
  if (view.plans.length === 0) return [];
  return [
    bullets(view.plans.map((plan) => [strong(capital(PLAN_KIND_NAME[plan.group])), `: ${PLAN_STATE[plan.state]}${progressOf(plan)}`])),
    paragraph(),
  ];
}

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

function progressOf({ state, progress, needs, approvedBy }: PlanView): string {
  if (state === 'asked' && needs.stepUp) return PLAN_NOT_HERE;
  if (state === 'asked') return approvedBy.length > 0 ? ` (${approvedBy.length} of ${needs.approvers})` : '';
  if (state !== 'begun' && state !== 'done') return '';
  const ticked = progress.reduce((sum, step) => sum + step.ticked, 0);
  const done = progress.reduce((sum, step) => sum + step.done, 0);
  return ` (${done} of ${itemCount(ticked)} seen done by a fresh read)`;
}

/** Why the automatic work waits, and what a person does about it. */
function forPeople(view: CaseView, names: Names): Elements {
  if (isHeld(view) && view.heldBy !== null) {
    return [
      line(strong(CARD.heldBy), ...personPieces(view.heldBy, names), '. ', CARD.heldMeaning),
      ...reasons(view),
      ...(view.steps.some((step) => step.state === 'failed') ? advice(view) : []),
      paragraph(CARD.heldUntilResumed),
    ];
  }
  if (isHeld(view)) {
    return [line(strong(CARD.heldHeading), CARD.heldMeaning), ...reasons(view), ...advice(view), paragraph(howHoldEnds(view))];
  }
  if (statusOf(view) !== 'waiting-for-person' || view.account === 'protected') return [];
  return [line(strong(CARD.decideHeading), ...whyDecide(view)), ...advice(view), paragraph()];
}

function howHoldEnds({ state, blockedAt, holdEndsWith }: CaseView): string {
  if (state === 'released') return CARD.heldReleased;
  return blockedAt === null && holdEndsWith === 'recheck' ? CARD.heldThenBlocked : CARD.heldThenQuiet;
}

function whyDecide({ order, plans }: CaseView): string[] {
  if (order?.kind === 'people') return [MANUAL_DECISION[order.because]];
  const why = plans.filter(({ group, because }) => group === 'containment' && WHY_PEOPLE.includes(because)).at(-1);
  return why === undefined ? [] : [BECAUSE[why.because]];
}

/** The reasons that say why a person decides. A plan that was made anew says only why it was made anew. */
const WHY_PEOPLE: readonly PlanBecause[] = ['logs-inconclusive', 'logs-show-success', 'automatic-block-limit', 'report-after-release'];

/** Without the failures that the list of steps shows already, and without the person who placed the hold. */
function reasons(view: CaseView): Elements {
  const shown = view.steps.filter((step) => step.state === 'failed');
  const isShown = (reason: HoldReason): boolean => reason.kind === 'step-failed' && shown.some(({ step }) => step === reason.step);
  const rest = heldForNow(view).filter((reason) => reason.kind !== 'by-hand' && !isShown(reason));
  return rest.length === 0 ? [] : [bullets(rest.map((reason) => [holdReasonText(reason)]))];
}

function advice(view: CaseView): Elements {
  // A protected account has advice of its own.
  if (view.account === 'protected') return [];
  // A prompt asks about it: advice for a manual block would confuse.
  if (view.plans.some(({ group, state, needs }) => group === 'containment' && state === 'asked' && !needs.stepUp))
    return [line(strong(CARD.adviceHeading), CARD.adviceAsked)];
  const isDone = (name: ContainmentStep): boolean =>
    view.steps.some((step) => step.step === name && (step.state === 'done' || step.state === 'was so before'));
  const open = view.blockedAt === null ? requiredContainmentSteps(view.account).filter((name) => !isDone(name)) : [];
  if (open.length === 0) return [line(strong(CARD.adviceHeading), CARD.adviceBlocked)];
  return [line(strong(CARD.adviceHeading), CARD.adviceOpen), bullets(open.map((name) => [`${STEP_NAME[name]}: ${MANUAL_TASK[name]}`]))];
}

function protectedAccount(view: CaseView): Elements {
  if (view.account !== 'protected') return [];
  const because = view.protectedBecause === null ? '' : `, because ${PROTECTED_BECAUSE[view.protectedBecause]}`;
  return [
    line(strong(`This account is protected${because}. `), PROTECTED.nothingChanged),
    bullets(PROTECTED.byHand.map((step) => [step])),
    paragraph(),
  ];
}

const outsideReach = (view: CaseView): Elements =>
  view.outsideReach.map((reach) => paragraph(strong('Not ended by this alone. '), OUTSIDE_REACH[reach]));

function pages(view: CaseView, names: Names): Elements {
  const delivered = view.paged.filter((page) => page.delivered).length;
  const lost = view.paged.length - delivered;
  const needed = view.account === 'protected' || isHeld(view) || view.order?.kind === 'people';
  return [
    ...(delivered > 0 ? [paragraph(delivered === 1 ? 'A person was paged.' : `People were paged ${delivered} times.`)] : []),
    ...(view.acknowledgedBy === null ? [] : [paragraph(CARD.onIt, ...personPieces(view.acknowledgedBy, names), '.')]),
    ...(lost > 0 ? [paragraph(strong(CARD.pageLost))] : []),
    ...(view.paged.length === 0 && needed ? [paragraph(CARD.notPaged)] : []),
  ];
}

function blindSpots(view: CaseView): Elements {
  if (view.blindSpots.length === 0) return [];
  return [
    line(strong(CARD.blindHeading)),
    bullets(view.blindSpots.map((spot) => [`${BLIND_SPOT_WHAT[spot.what]} (${BLIND_SPOT_WHY[spot.why]})`])),
  ];
}
