/**
 * What an administrator does manually, in the portal: disabling and enabling an
 * account, ending its sessions, changing who is in a group. No app's rights are
 * asked here, but the administrator's own are; in the truth it is a person's action.
 */
import { z } from 'zod';
import { type Act, endSessions, setEnabled } from '../account-mutations.ts';
import { type Answer, badRequest, denied, notFound } from '../answers.ts';
import type { TenantContext } from '../call.ts';
import type { Group } from '../directory-items.ts';
import { outranks } from '../directory-roles.ts';
import type { Effect } from '../journal.ts';
import { rolesOf, sensitiveTarget } from '../membership.ts';
import { isShownAs, removeMethod } from '../method-mutations.ts';
import { type Cell, PRIMARY } from '../replicas.ts';
import type { PersonCells } from '../state.ts';
import { SHOWN_METHOD } from './practice.ts';
import { type PracticeCall, type PracticeRoute, parse } from './practice-route.ts';

/** People are named by key or object id. */
const BY = z.object({ by: z.string() });
/** Without `by` the audit log names no one. */
const MEMBER = z.object({ person: z.string(), by: z.string().optional() });

const account = (operation: string, act: string, change: (person: PersonCells, act: Act, world: TenantContext) => readonly Effect[]) =>
  ({
    operation,
    method: 'POST',
    path: new RegExp(`^/practice/people/([^/]+)/${act}$`),
    by: 'administrator',
    handle: (call, world) => changeAccount(call, world, change),
  }) as const satisfies PracticeRoute;

const membership = (operation: string, act: string, joins: boolean) =>
  ({
    operation,
    method: 'POST',
    path: new RegExp(`^/practice/groups/([^/]+)/${act}$`),
    by: 'administrator',
    handle: (call, world) => changeMembers(call, world, joins),
  }) as const satisfies PracticeRoute;

export const PORTAL_ROUTES: readonly PracticeRoute[] = [
  account('person.disabledByHand', 'disable', (person, act, world) => setEnabled(person, false, act, world)),
  account('person.enabledByHand', 'enable', (person, act, world) => setEnabled(person, true, act, world)),
  account('person.sessionsRevokedByHand', 'revoke-sessions', endSessions),
  {
    operation: 'person.methodRemovedByHand',
    method: 'POST',
    path: /^\/practice\/people\/([^/]+)\/remove-method$/,
    by: 'administrator',
    handle: removeByHand,
  },
  membership('group.join', 'members', true),
  membership('group.leave', 'leave', false),
];

function changeAccount(
  call: PracticeCall,
  world: TenantContext,
  change: (person: PersonCells, act: Act, world: TenantContext) => readonly Effect[],
): Answer {
  const { person, by } = admitted(call, world);
  return { status: 204, commit: (at) => change(person, { by, at, correlationId: call.clientRequestId }, world) };
}

function removeByHand(call: PracticeCall, world: TenantContext): Answer {
  const { kind, shownAs } = parse(SHOWN_METHOD, call.body);
  const { person, by } = admitted(call, world);
  const removal = { by, correlationId: call.clientRequestId, own: false };
  return removeMethod(person, (each) => isShownAs(each, kind, shownAs), shownAs ?? kind, removal, world);
}

/** @throws Refusal for an administrator who may not touch this person's account */
function admitted({ body, parameter }: PracticeCall, world: TenantContext): { readonly person: PersonCells; readonly by: Act['by'] } {
  const { by } = parse(BY, body);
  const person = personNamed(parameter, world);
  const administrator = administratorNamed(by, world);
  // A restricted unit has administrators of its own. Roles with a scope are not played: any administrator who would
  // outrank the person elsewhere stands for one of them.
  const target = { ...sensitiveTarget(person, world), restricted: false };
  if (!outranks(rolesOf(administrator.seed.id, PRIMARY, world), target)) throw denied();
  return { person, by: byHandOf(administrator) };
}

const ALREADY_IN = "One or more added object references already exist for the following modified properties: 'members'.";
const CHANGES_GROUPS = ['Global Administrator', 'Groups Administrator', 'User Administrator'];
/** A person who can change these groups can give out roles. */
const CHANGES_ROLE_GROUPS = ['Global Administrator', 'Privileged Role Administrator'];

function changeMembers({ body, parameter, clientRequestId }: PracticeCall, world: TenantContext, joins: boolean): Answer {
  const { person: key, by } = parse(MEMBER, body);
  const { seed } = personNamed(key, world);
  const cell = world.state.groups.get(parameter.toLowerCase());
  if (cell === undefined) throw notFound(parameter);
  const administrator = by === undefined ? undefined : administratorNamed(by, world);
  if (administrator !== undefined) requireGroupRight(administrator, cell, world);
  if (cell.read(PRIMARY).members.includes(seed.id) === joins) throw joins ? badRequest(ALREADY_IN) : notFound(seed.id);
  return {
    status: 204,
    commit(at) {
      const before = cell.read(PRIMARY);
      const others = before.members.filter((id) => id !== seed.id);
      cell.write({ ...before, members: joins ? [...others, seed.id] : others }, at);
      const [from, to] = joins ? [null, before.name] : [before.name, null];
      world.logs.audit({
        at,
        activity: joins ? 'Add member to group' : 'Remove member from group',
        category: 'GroupManagement',
        service: 'Core Directory',
        operationType: joins ? 'Assign' : 'Unassign',
        by: administrator === undefined ? { kind: 'nobody' } : byHandOf(administrator),
        targets: [
          {
            id: seed.id,
            type: 'User',
            displayName: null,
            userPrincipalName: seed.upn,
            modified: [
              { name: 'Group.ObjectID', from: from && before.id, to: to && before.id },
              { name: 'Group.DisplayName', from, to },
            ],
          },
          { id: before.id, type: 'Group', displayName: null },
        ],
        correlationId: clientRequestId,
      });
      return [{ what: 'membership', target: `${seed.id}/group/${before.id}`, from, to }];
    },
  };
}

function requireGroupRight({ seed }: PersonCells, cell: Cell<Group>, world: TenantContext): void {
  const { roleAssignable, owners } = cell.read(PRIMARY);
  if (owners.includes(seed.id)) return;
  const enough = roleAssignable ? CHANGES_ROLE_GROUPS : CHANGES_GROUPS;
  if (!rolesOf(seed.id, PRIMARY, world).some((role) => enough.includes(role))) throw denied();
}

function personNamed(name: string, { state }: TenantContext): PersonCells {
  const person = state.person(name);
  if (person === null) throw notFound(name);
  return person;
}

/** No one opens the portal with a blocked account. */
function administratorNamed(name: string, world: TenantContext): PersonCells {
  const administrator = personNamed(name, world);
  if (!administrator.account.read(PRIMARY).enabled) throw denied();
  return administrator;
}

/** The directory's own rows come without an address. */
const byHandOf = ({ seed }: PersonCells): Act['by'] => ({ kind: 'user', person: seed, ip: null });
