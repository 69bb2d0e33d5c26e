// Every sentence of the ledger that says something about the world, held against
// the truth at that moment. A claim that the truth denies fails the drill, also
// when it came true a second later.
import { z } from 'zod';
import type { DrillEvidence, PersonTruth, TenantCall } from './input.ts';
import { OUTCOMES, stepsOfCall } from './known-values.ts';
import { type RecordedCase, type RecordedEntry, text } from './ledger.ts';
import { changeTo, plansOf, type RecordedPlan, targetOf, wasDropped } from './plans.ts';
import { hadMethod, iso, lastAttackerAccess, wasBlocked, wasEnabled, wasPasswordSet, wasReopened, wasRevoked } from './truth.ts';

export interface FalseClaim {
  readonly where: string;
  /** When it was said, ISO. */
  readonly at: string;
  readonly claim: string;
  readonly truth: string;
}

/** Sessions are compared by times in whole seconds: a cut this much before the intent may be the same second. */
const SECOND = 1000;

type World = Pick<DrillEvidence, 'calls' | 'pages' | 'apps'>;

/** What the ledger of this case says and the truth denies. */
export function falseClaimsOfRecord(record: RecordedCase, person: PersonTruth, world: World): FalseClaim[] {
  return record.entries.flatMap((entry) => {
    const denied = deny(entry, record, person, world);
    return denied.map(({ claim, truth }) => ({
      where: `record, entry ${entry.seq} (${entry.kind})`,
      at: iso(entry.storedAt),
      claim,
      truth,
    }));
  });
}

interface Denied {
  readonly claim: string;
  readonly truth: string;
}

const no: readonly Denied[] = [];
const one = (claim: string, truth: string): readonly Denied[] => [{ claim, truth }];

function deny(entry: RecordedEntry, record: RecordedCase, person: PersonTruth, world: World): readonly Denied[] {
  const { body, storedAt } = entry;
  switch (entry.kind) {
    case 'account.blocked':
      return denyBlocked(Date.parse(text(body['blockedAt'])), Date.parse(text(body['effectiveBy'])), record, person);
    case 'account.contained':
      return denyContained('the account is contained', storedAt, Date.parse(text(body['effectiveBy'])), record, person);
    case 'monitoring.ended':
      return denyEnd('the watch ended', entry, record, person);
    case 'case.closed':
      return [...denyEnd('the case ended', entry, record, person), ...denyCount(entry, record)];
    case 'plan.done':
      return denyPlan(entry, record, person);
    case 'step.verified':
    case 'step.unneeded':
      return denyStep(entry, record, person);
    case 'step.applied':
      return denyApplied(body, world);
    case 'recheck.made':
      return [...denyState(entry, person), ...denyReading(entry, record, world)];
    case 'account.learned':
      return [...denyState(entry, person), ...denyReading(entry, record, world)];
    case 'evidence.collected':
    case 'logs.read':
      return denyReading(entry, record, world);
    case 'person.paged':
      return denyPaged(body, world);
    default:
      return no;
  }
}

/** "Blocked at …, and an attacker who is inside is out by …". */
export function denyBlocked(
  blockedAt: number,
  effectiveBy: number,
  record: Pick<RecordedCase, 'openedAt'>,
  person: PersonTruth,
): readonly Denied[] {
  const denied: Denied[] = [];
  if (!wasBlocked(person, record.openedAt - SECOND, blockedAt)) {
    denied.push({ claim: `the account was closed at ${iso(blockedAt)}`, truth: doorsInWords(person, record.openedAt - SECOND, blockedAt) });
  }
  const last = lastAttackerAccess(person);
  if (last !== null && last > effectiveBy && !wasReopened(person, blockedAt, last)) {
    denied.push({ claim: `nobody stays inside later than ${iso(effectiveBy)}`, truth: `the attacker was inside at ${iso(last)}` });
  }
  return denied;
}

/** "Contained": sign-in is blocked, sessions are revoked, the last token has expired, no one is seen since, and no one comes in later. */
export function denyContained(
  claim: string,
  at: number,
  effectiveBy: number,
  record: Pick<RecordedCase, 'openedAt'>,
  person: PersonTruth,
): readonly Denied[] {
  if (!wasBlocked(person, record.openedAt - SECOND, at)) return one(claim, doorsInWords(person, record.openedAt - SECOND, at));
  const last = lastAttackerAccess(person);
  // A person who enables the account again later takes the claim back; a sign-in after that denies nothing.
  const reopened = wasReopened(person, at, Number.POSITIVE_INFINITY);
  if (last !== null && last > at && !wasReopened(person, at, last))
    return one(claim, `the attacker was inside after that, at ${iso(last)}`);
  if (last !== null && last > effectiveBy && !reopened)
    return one(claim, `the attacker was seen by the tenant at ${iso(last)}, after ${iso(effectiveBy)}`);
  if (person.attacker.usableNow && !reopened) return one(claim, 'a session of the attacker still works');
  if (at < effectiveBy) return one(claim, `it was said before the last token had run out, at ${iso(effectiveBy)}`);
  return no;
}

function denyEnd(what: string, { body, storedAt }: RecordedEntry, record: RecordedCase, person: PersonTruth): readonly Denied[] {
  const outcome = text(body['outcome']);
  const effectiveBy = Date.parse(record.effectiveBy ?? iso(storedAt));
  if (outcome === 'contained') return denyContained(`${what} contained`, storedAt, effectiveBy, record, person);
  if (outcome === 'blocked' && !wasBlocked(person, record.openedAt - SECOND, storedAt)) {
    return one(`${what} closed`, doorsInWords(person, record.openedAt - SECOND, storedAt));
  }
  if (outcome === 'contained-here-only' && wasEnabled(person, storedAt)) return one(`${what} contained here`, 'the account was enabled');
  if (outcome === 'released' && !wasEnabled(person, storedAt)) return one(`${what} released`, 'the account was disabled');
  return OUTCOMES.includes(outcome) ? no : one(`${what} ${outcome || '(without an outcome)'}`, 'the score does not know this outcome');
}

function denyCount({ body }: RecordedEntry, record: RecordedCase): readonly Denied[] {
  const said = Number(body['entries']);
  if (said !== record.entries.length) return one(`the record has ${said} entries`, `it has ${record.entries.length}`);
  return no;
}

function denyStep(entry: RecordedEntry, record: RecordedCase, person: PersonTruth): readonly Denied[] {
  const { kind, body, storedAt, seq } = entry;
  const step = text(body['step']);
  const intended = record.entries.findLast(
    (each) =>
      each.kind === 'step.intended' &&
      each.seq < seq &&
      each.body['step'] === step &&
      each.body['attempt'] === body['attempt'] &&
      targetOf(each) === targetOf(entry),
  );
  const from = (intended?.storedAt ?? record.openedAt) - SECOND;
  // No one may do within the case what a step finds already done.
  if (kind === 'step.unneeded' && (step === 'revoke-sessions' || step === 'reset-password')) return no;
  return denyReached(turned(step, changeTo(intended)), targetOf(entry), from, storedAt, person);
}

/** What is taken back is the same step the other way round. */
function turned(step: string, to: unknown): string {
  if (step === 'block-sign-in' && to === true) return 'release-false-alarm';
  return step === 'release-false-alarm' && to === false ? 'block-sign-in' : step;
}

/** Is it really as the step says? A step that no one here knows is denied: no one can say whether it is so. */
export function denyReached(step: string, target: string, fromMs: number, atMs: number, person: PersonTruth): readonly Denied[] {
  switch (step) {
    case 'block-sign-in':
      return wasEnabled(person, atMs) ? one('sign-in was seen blocked', 'the account was enabled') : no;
    case 'revoke-sessions':
      return person.guest || wasRevoked(person, fromMs, atMs)
        ? no
        : one('sessions were seen revoked', `no session of the account was cut between ${iso(fromMs)} and then`);
    case 'reset-password':
      return wasPasswordSet(person, fromMs, atMs)
        ? no
        : one('the password was seen changed', `no password was set between ${iso(fromMs)} and then`);
    case 'remove-methods':
      // Ids of phones are the same everywhere: one that came after the plan was made is another one.
      return hadMethod(person, target, fromMs + SECOND, atMs)
        ? one('a sign-in method was seen removed', `it was still there (${target})`)
        : no;
    case 'release-false-alarm':
      return wasEnabled(person, atMs) ? no : one('the account was seen opened', 'it was disabled');
    default:
      return one(`the step ${step || '(none)'} was seen done`, 'the score does not know this step');
  }
}

/** "This plan is done": every change that people approved is so, but for those that were left out by name. */
function denyPlan({ body, storedAt }: RecordedEntry, record: RecordedCase, person: PersonTruth): readonly Denied[] {
  const plan = plansOf(record.entries).plans.find((each) => each.digest === text(body['digest']));
  if (plan === undefined) return one('a plan of this case is done', 'there is no such plan');
  return denyPlanDone(plan, record, storedAt, person);
}

export function denyPlanDone(
  { group, madeAt, changes }: RecordedPlan,
  { entries, openedAt }: Pick<RecordedCase, 'entries' | 'openedAt'>,
  atMs: number,
  person: PersonTruth,
): readonly Denied[] {
  return changes
    .filter(({ step, target, ticked }) => ticked && !wasDropped(entries, step, target.id))
    .flatMap(({ step, target, to }) => {
      // What was found done already may have been done at any time in this case.
      const from = entries.some((entry) => entry.kind === 'step.unneeded' && text(entry.body['step']) === step) ? openedAt : madeAt;
      return denyReached(turned(step, to), target.id, from - SECOND, atMs, person);
    })
    .map(({ claim, truth }) => ({ claim: `the plan (${group}) is done: ${claim}`, truth }));
}

function denyApplied(body: Readonly<Record<string, unknown>>, { calls }: World): readonly Denied[] {
  if (body['changed'] !== true) return no;
  const step = text(body['step']);
  const call = calls.find((each) => each.requestId !== undefined && each.requestId === body['requestId']);
  if (call === undefined) return one(`${step} was changed by request ${text(body['requestId'])}`, 'the tenant has no such request');
  if (!stepsOfCall(call.operation).includes(step))
    return one(`${step} was changed by request ${call.requestId ?? ''}`, `that request was ${call.operation}`);
  return call.effects.length > 0 ? no : one(`${step} was changed by request ${call.requestId ?? ''}`, 'that request changed nothing');
}

function denyState({ body, storedAt }: RecordedEntry, person: PersonTruth): readonly Denied[] {
  if (body['enabled'] !== false || !wasEnabled(person, storedAt)) return no;
  // A replica may still show an earlier block: then it was true once.
  const everDisabled = !person.enabledAtStart || person.enabled.some((change) => !change.to && Date.parse(change.at) <= storedAt);
  return everDisabled ? no : one('the account was read as disabled', 'it had never been disabled');
}

const AREAS = [
  { what: 'sign-in-log', path: /\/auditLogs\/signIns/, kinds: ['logs.read', 'recheck.made'] },
  { what: 'audit-log', path: /\/auditLogs\/directoryAudits/, kinds: ['logs.read', 'recheck.made'] },
  { what: 'sign-in-methods', path: /\/authentication\/methods/, kinds: ['evidence.collected'] },
  { what: 'roles', path: /\/roleAssignments|\/(transitiveM|m)emberOf/, kinds: ['account.learned'] },
  { what: 'eligible-roles', path: /\/roleEligibility/, kinds: ['account.learned'] },
  { what: 'account', path: /\/users\/[0-9a-f-]{36}(\?|$)/, kinds: ['evidence.collected', 'recheck.made', 'account.learned'] },
] as const;

const SPOTS = z.array(z.object({ what: z.string() }));

/** What was read without a named blind spot must have been answered by the tenant. */
function denyReading(entry: RecordedEntry, record: RecordedCase, { calls }: World): readonly Denied[] {
  const spots = SPOTS.safeParse(entry.body['blindSpots']);
  const blind = spots.success ? spots.data.map((spot) => spot.what) : [];
  const before = record.entries.findLast((other) => other.kind === entry.kind && other.seq < entry.seq)?.storedAt ?? 0;
  return AREAS.filter(({ what, kinds }) => kinds.some((kind) => kind === entry.kind) && !blind.includes(what)).flatMap(({ what, path }) => {
    const answered = calls.filter((call) => isReading(call, path, record.subject) && within(call, before, entry.storedAt));
    if (answered.some((call) => call.status === 200)) return [];
    const refusals = [...new Set(answered.map((call) => String(call.status)))].join(', ');
    return [
      {
        claim: `${entry.kind} names no blind spot for the ${what}`,
        truth: refusals === '' ? 'it was never read' : `every reading was refused (${refusals})`,
      },
    ];
  });
}

const isReading = (call: TenantCall, path: RegExp, subject: string): boolean =>
  call.actor.kind === 'app' &&
  call.status !== undefined &&
  path.test(call.path) &&
  call.path.includes(subject) &&
  !call.operation.startsWith('user.disable');

const within = (call: TenantCall, from: number, to: number): boolean => {
  const at = Date.parse(call.answeredAt ?? call.at);
  return at >= from && at <= to + SECOND;
};

function denyPaged(body: Readonly<Record<string, unknown>>, { pages }: World): readonly Denied[] {
  if (body['delivered'] !== true) return no;
  const dedupKey = text(body['dedupKey']);
  return pages.some((page) => page.dedupKey === dedupKey) ? no : one(`a person was paged (${dedupKey})`, 'the pager took no such page');
}

function doorsInWords(person: PersonTruth, since: number, at: number): string {
  const open: string[] = [];
  if (wasEnabled(person, at)) open.push('the account was enabled');
  if (!person.guest && !wasRevoked(person, since, at)) open.push('its sessions had not been cut');
  return open.join(' and ') || 'it was not closed';
}

/** Law 2, from outside: a write of ours at the tenant that no stored intent precedes. */
export function changesWithoutIntent(records: readonly RecordedCase[], { calls, apps }: World): string[] {
  const ours = [apps.actor, apps.reader];
  return calls.flatMap((call) => {
    if (call.effects.length === 0 || call.actor.appId === undefined || !ours.includes(call.actor.appId)) return [];
    const intended = records.some((record) =>
      record.entries.some(
        (entry) =>
          entry.kind === 'step.intended' &&
          // The intent of one step orders no call of another.
          stepsOfCall(call.operation).includes(text(entry.body['step'])) &&
          call.path.includes(record.subject) &&
          entry.storedAt <= Date.parse(call.effectAt ?? call.answeredAt ?? call.at),
      ),
    );
    return intended ? [] : [`${call.operation} at ${call.at} changed the tenant, and no intent stands before it in the record`];
  });
}
