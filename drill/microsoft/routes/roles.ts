/** Who holds which directory role, now or on request. */
import { seconds, unsupportedQuery } from '../answers.ts';
import { asking, type Call, type Handlers, type TenantContext } from '../call.ts';
import type { RoleAssignment } from '../directory-items.ts';
import { builtInRoles, type DirectoryRole } from '../directory-roles.ts';
import { roleItem } from '../membership.ts';
import { answerList, type Item, type ListRules } from '../odata/list.ts';

const FILTERABLE = { principalId: ['eq'], roleDefinitionId: ['eq'] } as const;
const PAGED = { size: 100, most: 999 } as const;

const definition = (role: DirectoryRole): Item => ({
  id: role.templateId,
  description: null,
  displayName: role.name,
  isBuiltIn: role.builtIn,
  isEnabled: true,
  isPrivileged: role.privileged,
  resourceScopes: ['/'],
  templateId: role.templateId,
  version: '1',
  rolePermissions: [],
  inheritsPermissionsFrom: [],
});

function rolesKnown({ state }: TenantContext, call: Call): Map<string, DirectoryRole> {
  const assigned = [...state.roleAssignments.read(call.view), ...state.eligibilities.read(call.view)].map(({ role }) => role);
  return new Map([...builtInRoles(), ...assigned].map((role) => [role.templateId, role]));
}

function listRules(call: Call, world: TenantContext, type: string): ListRules {
  const roles = rolesKnown(world, call);
  const definitionOf = (item: Item): Item | null => {
    const role = roles.get(String(item['roleDefinitionId']));
    return role === undefined ? null : definition(role);
  };
  return { type, filterable: FILTERABLE, paged: PAGED, expandable: { roleDefinition: definitionOf } };
}

const assignmentItem = (assignment: RoleAssignment): Item => ({
  id: assignment.id,
  principalId: assignment.principalId,
  directoryScopeId: '/',
  resourceScope: '/',
  roleDefinitionId: assignment.role.templateId,
});

const eligibilityItem = (eligibility: RoleAssignment): Item => ({
  id: `${eligibility.id}-e`,
  principalId: eligibility.principalId,
  roleDefinitionId: eligibility.role.templateId,
  directoryScopeId: '/',
  appScopeId: null,
  startDateTime: seconds(eligibility.since),
  endDateTime: null,
  memberType: 'Direct',
  roleEligibilityScheduleId: eligibility.id,
});

export const roleHandlers: Handlers = {
  'roles.assignments.list': (call, world) => {
    // The service walks every assignment of the tenant otherwise, and refuses.
    if (!call.query.has('$filter')) throw unsupportedQuery('A filter on principalId or roleDefinitionId is required.');
    const rules = listRules(call, world, 'microsoft.graph.unifiedRoleAssignment');
    const items = world.state.roleAssignments.read(call.view).map(assignmentItem);
    return { status: 200, body: answerList(items, rules, asking(call, world, 'roleManagement/directory/roleAssignments')) };
  },
  'roles.eligible.list': (call, world) => {
    const rules = listRules(call, world, 'microsoft.graph.unifiedRoleEligibilityScheduleInstance');
    const items = world.state.eligibilities.read(call.view).map(eligibilityItem);
    return {
      status: 200,
      body: answerList(items, rules, asking(call, world, 'roleManagement/directory/roleEligibilityScheduleInstances')),
    };
  },
  'roles.definitions.list': (call, world) => {
    const rules: ListRules = {
      type: 'microsoft.graph.unifiedRoleDefinition',
      filterable: { id: ['eq'], displayName: ['eq', 'startswith'], isBuiltIn: ['eq'], templateId: ['eq'] },
    };
    const items = [...rolesKnown(world, call).values()].map(definition);
    return { status: 200, body: answerList(items, rules, asking(call, world, 'roleManagement/directory/roleDefinitions')) };
  },
  'directoryRoles.list': (call, world) => {
    // Only roles that were given to a person exist as objects; custom roles never do.
    const items = new Map(
      world.state.roleAssignments
        .read(call.view)
        .filter(({ role }) => role.builtIn)
        .map((assignment) => [assignment.role.templateId, roleItem(assignment, world)]),
    );
    const rules: ListRules = { type: 'microsoft.graph.directoryRole', filterable: { roleTemplateId: ['eq'], displayName: ['eq'] } };
    return { status: 200, body: answerList([...items.values()], rules, asking(call, world, 'directoryRoles')) };
  },
};
