// How a case is shown at a terminal. Names and texts come from outside: control
// characters are removed, and quoted text stands behind a bar, so that no quoted
// line looks like a line of this program.
import type { ReportView } from '../domain/case/view.ts';
import type { ObjectId } from '../domain/ids.ts';
import { PLAN_KIND_NAME, STEP_NAME } from '../domain/labels.ts';
import { type PlannedChange } from '../domain/plan.ts';
import type { PlanView } from '../domain/plan-view.ts';
import { WHAT_HAPPENED } from '../domain/report.ts';
import { targetKey } from '../domain/step.ts';
import type { ItemLabels, OpenedCase } from './case-texts.ts';
import { eventText } from './case-timeline.ts';

/** Control characters, direction marks, halves of pairs, line and paragraph separators. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

export function caseLines(opened: OpenedCase, nowMs: number): string[] {
  const { view, erased } = opened;
  return [
    `Case ${view.number}: account ${view.state}${view.outcome === null ? '' : `, case closed (${view.outcome})`}`,
    `Account: ${nameOf(opened, view.subject)} (directory id ${view.subject}), ${view.account ?? 'kind not known yet'}`,
    ...times(opened, nowMs),
    ...ownerCall(opened),
    ...(view.heldFor.length === 0 ? [] : ['The case is on hold.']),
    '',
    `Reports: ${view.reports.length}`,
    ...view.reports.flatMap((report) => reportLines(opened, report)),
    ...(erased ? ['', ERASED] : []),
    ...view.plans.flatMap((plan) => ['', ...planLines(opened, plan)]),
    '',
    `Timeline (${opened.timeline.length} entries, head ${view.head.hash}):`,
    ...opened.timeline.flatMap((entry) => [
      `  ${time(entry.storedAt)}  ${String(entry.seq).padStart(3)}  ${eventText(entry.event, (id) => nameOf(opened, id))}`,
      ...quoted(opened.reasons.get(entry.seq) ?? null),
    ]),
  ].map(printable);
}

const ERASED =
  'The key of this case was destroyed, so nothing that was sealed in it can be read again: no text of reporters, no names of items. Ids, codes and times below are unchanged; "unapprove bundle" and "unapprove verify" check them.';

const printable = (line: string): string => line.replace(CONTROL, ' ');

/** One JSON object. Control characters are escaped, which JSON reads the same. */
export function caseAsJson({ caseId, view, timeline, words, labels, reasons, people, erased }: OpenedCase): string {
  const object = {
    case: caseId,
    ...view,
    erased,
    phone: people.get(view.subject)?.phone ?? null,
    names: Object.fromEntries([...people].map(([id, { name }]) => [id, name])),
    reports: view.reports.map((report) => ({ ...report, words: words.get(report.key) ?? null })),
    plans: view.plans.map((plan) => ({ ...plan, labels: labels.get(plan.digest) ?? null })),
    timeline: timeline.map(({ seq, storedAt, event }) => ({
      seq,
      storedAt: new Date(storedAt).toISOString(),
      ...event,
      ...(reasons.has(seq) ? { reason: reasons.get(seq) } : {}),
    })),
  };
  return JSON.stringify(object).replace(CONTROL, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

const time = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const nameOf = ({ people }: OpenedCase, id: ObjectId): string => people.get(id)?.name ?? `directory id ${id}`;

function times({ view: { blockedAt, effectiveBy, containedAt } }: OpenedCase, nowMs: number): string[] {
  if (blockedAt === null || effectiveBy === null)
    return ['Not blocked: no fresh read has shown the block and the revocation of all sessions.'];
  return [
    `Blocked at ${time(blockedAt)}; a session inside Microsoft ${nowMs < effectiveBy ? 'may last' : 'could last'} until ${time(effectiveBy)}.`,
    ...(containedAt === null ? [] : [`Contained at ${time(containedAt)}.`]),
  ];
}

function ownerCall(opened: OpenedCase): string[] {
  const { view, people } = opened;
  const name = nameOf(opened, view.subject);
  const phone = people.get(view.subject)?.phone ?? null;
  return [
    `Number of the personnel record: ${phone ?? 'none; import it with "unapprove people import", or use another way that you know to be the person\'s own'}`,
    view.callTakenBy === null
      ? `No responder has said yet that they will call ${name}. Do not call a number that came with a report.`
      : `${nameOf(opened, view.callTakenBy)} will call ${name}.`,
  ];
}

function reportLines(opened: OpenedCase, report: ReportView): string[] {
  const words = opened.words.get(report.key);
  const who = report.reportedBy === 'subject' ? 'their own account' : 'a colleague';
  return [
    `  ${time(Date.parse(report.receivedAt))}  ${nameOf(opened, report.reporter)} (reports ${who}): "${WHAT_HAPPENED[report.what]}"`,
    ...(words === undefined && report.hasWords && !opened.erased
      ? ['    The text of this report could not be decrypted when the report arrived.']
      : []),
    ...answer('Who contacted them:', words?.contacted ?? null),
    ...answer('Anything else:', words?.more ?? null),
    ...answer('Where they can be reached, as the report says (do not call this number):', words?.reach ?? null),
  ];
}

const answer = (question: string, text: string | null): string[] => (text === null ? [] : [`    ${question}`, ...quoted(text)]);

const quoted = (text: string | null): string[] =>
  text === null ? [] : text.split(/\r\n|[\r\n\u2028\u2029]/u).map((line) => `      | ${line}`);

function planLines({ labels: all }: OpenedCase, plan: PlanView): string[] {
  const labels = all.get(plan.digest);
  return [
    `Plan of the ${PLAN_KIND_NAME[plan.group]} ${plan.round}, revision ${plan.revision}: ${plan.state} (code ${plan.code}, digest ${plan.digest.slice(0, 12)})`,
    ...plan.steps.flatMap(({ step, changes }) => [
      `  ${STEP_NAME[step]}`,
      ...changes.map((change) => `    [${change.ticked ? 'x' : ' '}] ${itemName(change, labels)}`),
    ]),
    ...(labels?.kept ?? []).map((name) => `    stays: ${name}`),
    ...(labels?.byHand ?? []).map((name) => `    manual task: ${name}`),
  ];
}

const itemName = ({ target }: PlannedChange, labels: ItemLabels | undefined): string =>
  target.kind === 'account' ? 'the account' : (labels?.of[targetKey(target)] ?? targetKey(target));
