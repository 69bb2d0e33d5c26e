// One entry of a case as a line for people. A kind without a sentence of its own
// is shown as JSON.
import type { EventKind, LedgerEvent } from '../domain/case/events.ts';
import { holdReasonText } from '../domain/hold.ts';
import type { ObjectId } from '../domain/ids.ts';
import { failure, PLAN_KIND_NAME, STEP_NAME } from '../domain/labels.ts';
import { planCode } from '../domain/plan.ts';
import { WHAT_HAPPENED } from '../domain/report.ts';

type Name = (id: ObjectId) => string;
type Sentences = { readonly [Kind in EventKind]?: (event: Extract<LedgerEvent, { readonly kind: Kind }>, name: Name) => string };

const plan = (digest: string): string => `plan ${digest.slice(0, 12)} (code ${planCode(digest)})`;
const byWhom = (by: ObjectId | null, name: Name): string => (by === null ? '' : ` by ${name(by)}`);

const SENTENCES: Sentences = {
  'case.opened': ({ number }) => `case ${number} opened`,
  'report.received': ({ reporter, what, when }, name) => `report by ${name(reporter)}: "${WHAT_HAPPENED[what]}" (when: ${when})`,
  'account.learned': ({ account, enabled }) =>
    `account read: ${account}, ${enabled === null ? 'could not be read' : enabled ? 'sign-in allowed' : 'sign-in blocked'}`,
  'order.made': ({ row, order }) => `policy: ${row} (${order.kind})`,
  'step.intended': ({ step, by }) => `${STEP_NAME[step]}: intended, ordered by ${by === 'policy' ? 'policy' : 'a plan'}`,
  'step.unneeded': ({ step }) => `${STEP_NAME[step]}: was done before`,
  'step.applied': ({ step }) => `${STEP_NAME[step]}: sent`,
  'step.verified': ({ step }) => `${STEP_NAME[step]}: a fresh read shows it done`,
  'step.failed': ({ step, code }) => `${STEP_NAME[step]}: failed, ${failure(code)}`,
  'account.blocked': ({ effectiveBy }) => `account blocked; the last access token expires by ${effectiveBy}`,
  'account.contained': () => 'account contained',
  'case.held': ({ reasons, by }, name) => `case on hold${byWhom(by, name)}: ${reasons.map(holdReasonText).join(' ')}`,
  'hold.ended': ({ because, by }, name) => `hold ended${byWhom(by, name)}: ${because}`,
  'person.paged': ({ reason, delivered }) => `${delivered ? 'a person was paged' : 'a page could not be delivered'} (${reason.kind})`,
  'page.acknowledged': ({ by }, name) => `${name(by)} acknowledged the page`,
  'call.taken': ({ by }, name) => `${name(by)} will call the person whose account it is`,
  'plan.made': ({ group, round, revision, digest }) =>
    `plan made: ${PLAN_KIND_NAME[group]} ${round}, revision ${revision}, ${plan(digest)}`,
  'decision.received': ({ act, person }, name) => `decision of ${name(person)}: ${act}`,
  'decision.refused': ({ act, person, because }, name) => `decision of ${name(person)} not counted: ${act} (${because})`,
  'approval.given': ({ person, digest, missing }, name) => `${name(person)} approves ${plan(digest)}; ${missing} more needed`,
  'plan.approved': ({ digest }) => `${plan(digest)} approved`,
  'plan.declined': ({ digest, by }, name) => `${plan(digest)} declined by ${name(by)}`,
  'plan.begun': ({ digest }) => `${plan(digest)} started`,
  'plan.done': ({ digest }) => `${plan(digest)} done`,
  'plan.expired': ({ digest }) => `${plan(digest)} expired`,
  'plan.replaced': ({ digest, because }) => `${plan(digest)} replaced: ${because}`,
  'containment.confirmed': ({ by }, name) => `${name(by)} confirmed the containment`,
  'monitoring.ended': ({ outcome }) => `monitoring ended: ${outcome}`,
  'case.closed': ({ outcome }) => `case closed: ${outcome}`,
};

export function eventText(event: LedgerEvent, name: Name): string {
  // The table gives each kind the function for its own events.
  const sentence = SENTENCES[event.kind] as ((event: LedgerEvent, name: Name) => string) | undefined;
  if (sentence !== undefined) return sentence(event, name);
  const { kind, schemaVersion: _version, ...body } = event;
  return `${kind} ${JSON.stringify(body)}`;
}
