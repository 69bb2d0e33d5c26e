/**
 * What is done to a person's sign-in methods, by themselves, by an administrator
 * in the portal and by an app through Graph alike: the same rules, the same rows
 * in the audit log. Looks at the primary only: a method that a list still shows
 * may be gone. Who may do it was decided before.
 */
import { type Answer, methodNotFound, methodRefused } from './answers.ts';
import type { TenantContext } from './call.ts';
import type { MethodSeed } from './company.ts';
import { isDefault, mustStay } from './default-method.ts';
import type { Method } from './directory-items.ts';
import type { AuditEvent } from './logs.ts';
import { PRIMARY } from './replicas.ts';
import type { PersonCells } from './state.ts';
import { thingTarget } from './truth.ts';

interface Removal {
  readonly by: AuditEvent['by'];
  readonly correlationId: string;
  /** Whether the method that is removed is the person's own. */
  readonly own: boolean;
}

/** @param which is it this one? */
export function removeMethod(
  person: PersonCells,
  which: (method: Method) => boolean,
  named: string,
  removal: Removal,
  world: TenantContext,
): Answer {
  const methods = person.methods.read(PRIMARY);
  const method = methods.find(which);
  if (method === undefined) throw methodNotFound(named);
  if (mustStay(method, methods)) throw isDefault(method, world.chance(`default method of ${person.seed.id}`));
  if (isNumber(method, 'mobile') && methods.some((each) => isNumber(each, 'alternateMobile'))) {
    // The rule is published and its wording is not.
    throw methodRefused('There can be no alternate mobile number without a mobile number.');
  }
  return taking(person, method, removal, world);
}

const isNumber = ({ seed }: Method, type: 'mobile' | 'alternateMobile'): boolean => seed.kind === 'phone' && seed.phoneType === type;

function taking(
  { seed, methods }: PersonCells,
  { id, seed: { kind } }: Method,
  { by, correlationId, own }: Removal,
  world: TenantContext,
): Answer {
  return {
    status: 204,
    commit(at) {
      const before = methods.read(PRIMARY);
      const rest = before.filter((each) => each.id !== id);
      if (rest.length === before.length) return [];
      methods.write(rest, at);
      const who = own ? 'User' : 'Admin';
      world.logs.audit({
        at,
        activity: `${who} deleted security info`,
        category: 'UserManagement',
        service: 'Authentication Methods',
        operationType: 'Delete',
        by,
        targets: [{ id: seed.id, type: 'User', displayName: seed.displayName, userPrincipalName: seed.upn }],
        correlationId,
        resultReason: `${who} deleted ${kind}`,
      });
      return [{ what: 'method', target: thingTarget(seed.id, 'method', id), from: kind, to: null }];
    },
  };
}

/** Does a person who reads its name, its number or its address mean this one? */
export function isShownAs({ seed }: Method, kind: MethodSeed['kind'], fragment: string | undefined): boolean {
  if (seed.kind !== kind) return false;
  const shown =
    'displayName' in seed ? seed.displayName : seed.kind === 'phone' ? seed.phoneNumber : seed.kind === 'email' ? seed.emailAddress : '';
  return fragment === undefined || shown.toLowerCase().includes(fragment.toLowerCase());
}
