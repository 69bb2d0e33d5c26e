// What an eradication would change, worked out from what was read and nothing else.
import type { OutsideReach } from '../../domain/account.ts';
import { attributeMethod, type IncidentWindow, proposalFor } from '../../domain/attribution.ts';
import type { SeenMethod } from '../../domain/method.ts';
import { type ManualTask, type PlannedChange, type PlannedStep, tickedSteps } from '../../domain/plan.ts';
import { type Change, targetKey } from '../../domain/step.ts';
import { removing } from '../steps/remove-methods.ts';
import { resetting } from '../steps/reset-password.ts';
import { revoking } from '../steps/revoke-sessions.ts';
import type { Fingerprint } from '../steps/step.ts';

export interface EradicationFacts {
  readonly subject: string;
  readonly outsideReach: readonly OutsideReach[];
  readonly account: { readonly passwordChangedAt: string | null; readonly sessionsCutAt: string | null; readonly readAt: string };
  /** Null: they could not be read. */
  readonly methods: readonly SeenMethod[] | null;
  /** Some of them, or all, could not be read. */
  readonly methodsMissing: boolean;
  readonly window: IncidentWindow;
  /** The password was reset by an earlier plan of this case. */
  readonly passwordDone: boolean;
}

/** Steps, what is left to people, what stays, and what it is all called. */
export interface PlanDraft {
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly ManualTask[];
  readonly kept: readonly string[];
  /** Labels by the key of their target. */
  readonly labels: Readonly<Record<string, string>>;
  readonly keptLabels: readonly string[];
  readonly byHandLabels: readonly string[];
}

/**
 * Password, methods, and then every session that was issued meanwhile: in this order.
 *
 * @returns null when nothing is to be removed, by a step or manually, or nothing of a guest's that a step could remove
 */
export function draftEradicationSteps(facts: EradicationFacts, fingerprint: Fingerprint): PlanDraft | null {
  const { subject, outsideReach, account, methods, methodsMissing, window } = facts;
  const sorted = (methods ?? []).map((method) => {
    const belongs = attributeMethod(method, window);
    return { method, belongs, fate: proposalFor(method, belongs) };
  });
  const going = sorted.filter(({ fate }) => fate === 'remove' || fate === 'ask');
  const staying = sorted.filter(({ method, fate }) => fate === 'keep' && method.kind !== 'password');
  const leftToPeople = sorted.filter(({ fate }) => fate === 'by-hand');
  const password = passwordChange(facts);
  const removals = going
    .sort((one, other) => turnOf(one.method) - turnOf(other.method))
    .map(({ method, belongs, fate }): PlannedChange => ({ ...removing(method, fingerprint), ticked: fate === 'remove', sorted: belongs }));
  const byHand: ManualTask[] = [
    ...password.byHand,
    ...(methods === null || methodsMissing ? [{ what: 'remove-methods', because: 'list-unreadable' } as const] : []),
    ...(leftToPeople.length === 0 ? [] : [{ what: 'remove-methods', because: 'no-api' } as const]),
  ];
  if (removals.length === 0 && password.steps.length === 0 && byHand.length === 0) return null;
  // A guest's sessions are their home's: ending them here would be refused without a word, and never be seen done.
  const isGuest = outsideReach.includes('guest-home-tenant');
  const steps: readonly PlannedStep[] = [
    ...password.steps,
    ...(removals.length === 0 ? [] : [{ step: 'remove-methods' as const, changes: removals }]),
    ...(isGuest ? [] : [{ step: 'revoke-sessions' as const, changes: [ticked(revoking(subject, account.sessionsCutAt, account.readAt))] }]),
  ];
  // A plan that changes nothing would be approved and never be done.
  if (tickedSteps({ steps }).length === 0) return null;
  return {
    steps,
    byHand,
    // What is left to people stays as well, as far as this plan goes: it is no newItem.
    kept: [...staying, ...leftToPeople].map(({ method }) => fingerprint(method.facts)).sort(),
    labels: Object.fromEntries(
      going.map(({ method }) => [targetKey({ kind: 'method', id: method.id, method: method.kind }), method.label]),
    ),
    keptLabels: staying.map(({ method }) => method.label),
    byHandLabels: leftToPeople.map(({ method }) => method.label),
  };
}

/** Microsoft keeps a mobile number while there is an alternate one: that one goes before it. */
const turnOf = ({ kind, isAlternate }: SeenMethod): number => (kind === 'phone' && !isAlternate ? 1 : 0);

export const ticked = (change: Change): PlannedChange => ({ ...change, ticked: true, sorted: null });

/** A password that is kept elsewhere is reset there, by a person. */
export function passwordChange({
  subject,
  outsideReach,
  account,
  passwordDone,
}: Omit<EradicationFacts, 'methods' | 'methodsMissing' | 'window'>): {
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly ManualTask[];
} {
  const [elsewhere] = outsideReach;
  if (elsewhere !== undefined) return { steps: [], byHand: [{ what: 'reset-password', because: elsewhere }] };
  if (passwordDone) return { steps: [], byHand: [] };
  const change = ticked(resetting(subject, account.passwordChangedAt, account.readAt));
  return { steps: [{ step: 'reset-password', changes: [change] }], byHand: [] };
}
