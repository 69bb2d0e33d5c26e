/** Who belongs to which group, and which directory roles come with it. */
import type { TenantContext } from './call.ts';
import type { Group, RoleAssignment } from './directory-items.ts';
import { roleObjectId, type SensitiveTarget } from './directory-roles.ts';
import type { Item } from './odata/list.ts';
import { PRIMARY, type View } from './replicas.ts';
import type { PersonCells } from './state.ts';

/** Groups a person is in, and with `deep` those that these are in. */
export function groupsOf(memberId: string, view: View, { state }: TenantContext, deep: boolean): Group[] {
  const all = [...state.groups.values()].map((cell) => cell.read(view));
  const found = new Map<string, Group>();
  let edge = [memberId];
  while (edge.length > 0) {
    const next = all.filter((group) => !found.has(group.id) && edge.some((id) => group.members.includes(id)));
    for (const group of next) found.set(group.id, group);
    edge = deep ? next.map((group) => group.id) : [];
  }
  return [...found.values()];
}

export const assignmentsOf = (principals: readonly string[], view: View, { state }: TenantContext): RoleAssignment[] =>
  state.roleAssignments.read(view).filter((assignment) => principals.includes(assignment.principalId));

/** Names of the directory roles a person holds now, those through groups included. */
export function rolesOf(principalId: string, view: View, world: TenantContext): string[] {
  const principals = [principalId, ...groupsOf(principalId, view, world, true).map((group) => group.id)];
  return [...new Set(assignmentsOf(principals, view, world).map(({ role }) => role.name))];
}

function inRoleAssignableGroup(personId: string, view: View, world: TenantContext): boolean {
  const owned = [...world.state.groups.values()].map((cell) => cell.read(view)).filter((group) => group.owners.includes(personId));
  return [...groupsOf(personId, view, world, true), ...owned].some((group) => group.roleAssignable);
}

/** What decides who may do a sensitive action on that person, as the primary has it. */
export const sensitiveTarget = ({ seed }: PersonCells, world: TenantContext): SensitiveTarget => ({
  roles: rolesOf(seed.id, PRIMARY, world),
  inRoleAssignableGroup: inRoleAssignableGroup(seed.id, PRIMARY, world),
  restricted: seed.restricted,
});

/** The object that stands for a directory role among a person's memberships. */
export const roleItem = (assignment: RoleAssignment, { company }: TenantContext): Item => ({
  id: roleObjectId(company.tenantId, assignment.role.templateId),
  deletedDateTime: null,
  description: null,
  displayName: assignment.role.name,
  roleTemplateId: assignment.role.templateId,
});
