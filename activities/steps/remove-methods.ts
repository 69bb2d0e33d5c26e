/**
 * Removes every sign-in method that an attacker could have added, or could
 * obtain again by deceiving the owner. The owner registers anew, in person.
 *
 * Contends with a phone whose number was swapped under the same id (ids of
 * phones are the same everywhere, so it is the value that is compared), with the
 * default method, which goes last, and with a list that lags behind a removal.
 * What is to be removed is drawn in plans/eradication.ts by domain/attribution.ts, never
 * by the policy; in which order, and what becomes of a default method that cannot
 * go, is in writing.ts.
 */
import { canBeDefault, type SeenMethod } from '../../domain/method.ts';
import { type Change, type Target, targetKey } from '../../domain/step.ts';
import type { SeenMethods } from '../microsoft/method-writer.ts';
import { cannotUndo, type Fingerprint, type Step } from './step.ts';

export const removeMethods: Step<SeenMethods> & Required<Pick<Step<SeenMethods>, 'picture'>> = {
  name: 'remove-methods',
  inspect: ({ methods }, subject) => methods.methods(subject),
  plan: () => [],
  renew(change, seen, fingerprint) {
    const method = methodAt(change.target, seen);
    // Not in an incomplete list is not gone: it is tried, and a later reading tells.
    if (method === undefined) return seen.complete ? { kind: 'gone' } : { kind: 'as-planned', change };
    return fingerprint(method.facts) === change.from ? { kind: 'as-planned', change } : { kind: 'drifted' };
  },
  apply: ({ methods }, subject, intent) => methods.removeMethod(subject, intent),
  verify(seen, change, fingerprint) {
    const method = methodAt(change.target, seen);
    // Another number under the same id is another method: this one is gone.
    if (method === undefined) return seen.complete;
    return fingerprint(method.facts) !== change.from;
  },
  say: (seen, target) => ({
    saw: methodAt(target, seen) === undefined ? 'it is not in the list' : 'something is in the list under its id',
    readAt: seen.readAt,
  }),
  picture: (seen, fingerprint) => seen.methods.filter(({ kind }) => kind !== 'password').map(({ facts }) => fingerprint(facts)),
  keepsDefault: (seen, fingerprint) => seen.methods.filter(({ kind }) => canBeDefault(kind)).map(({ facts }) => fingerprint(facts)),
  undo: () => null,
};

export const removing = (method: SeenMethod, fingerprint: Fingerprint): Change => ({
  target: { kind: 'method', id: method.id, method: method.kind },
  from: fingerprint(method.facts),
  to: null,
  why: 'method-proves-identity',
  undo: cannotUndo('owner-registers-again'),
});

const methodAt = (target: Target, { methods }: SeenMethods): SeenMethod | undefined =>
  methods.find((method) => targetKey({ kind: 'method', id: method.id, method: method.kind }) === targetKey(target));
