/** Groups and their members, as mixed lists of directory objects. */
import { notFound } from '../answers.ts';
import { asking, type Call, type Handlers, personOf, type TenantContext } from '../call.ts';
import type { Group } from '../directory-items.ts';
import { assignmentsOf, groupsOf, roleItem } from '../membership.ts';
import { answerList, answerOne, type Item, type ListRules } from '../odata/list.ts';
import { permits } from '../operations.ts';
import { USER_RULES, userItem } from './user-shape.ts';

const GROUP_PROPERTIES = [
  'id',
  'createdDateTime',
  'description',
  'displayName',
  'groupTypes',
  'isAssignableToRole',
  'mail',
  'mailEnabled',
  'mailNickname',
  'onPremisesSyncEnabled',
  'securityEnabled',
  'visibility',
];
const ROLE_PROPERTIES = ['id', 'deletedDateTime', 'description', 'displayName', 'roleTemplateId'];

const GROUP_RULES: ListRules = { type: 'microsoft.graph.group', properties: GROUP_PROPERTIES };
const MIXED_RULES: ListRules = {
  type: 'microsoft.graph.directoryObject',
  properties: [...new Set([...GROUP_PROPERTIES, ...ROLE_PROPERTIES, ...(USER_RULES.properties ?? [])])],
  paged: { size: 100, most: 999 },
};

/** Apps see the fields of an object only if they may read its kind; otherwise its type and id, and no error. */
const SEES = {
  user: [['User.Read.All'], ['User.ReadWrite.All'], ['Directory.Read.All'], ['Directory.ReadWrite.All']],
  group: [
    ['Group.Read.All'],
    ['Group.ReadWrite.All'],
    ['GroupMember.Read.All'],
    ['GroupMember.ReadWrite.All'],
    ['Directory.Read.All'],
    ['Directory.ReadWrite.All'],
  ],
  role: [['RoleManagement.Read.Directory'], ['RoleManagement.ReadWrite.Directory'], ['Directory.Read.All'], ['Directory.ReadWrite.All']],
} as const;

function mixed(type: keyof typeof SEES | 'servicePrincipal', item: Item, byDefault: readonly string[], call: Call): Item {
  const odataType = type === 'role' ? 'directoryRole' : type;
  const stub = { '@odata.type': `#microsoft.graph.${odataType}`, id: item['id'] };
  const { actor } = call;
  const maySee = type !== 'servicePrincipal' && (actor.kind === 'user' || (actor.kind === 'app' && permits(SEES[type], actor.permissions)));
  const names = call.query.has('$select') ? Object.keys(item) : byDefault;
  if (!maySee) return { ...stub, ...Object.fromEntries(names.filter((name) => name !== 'id').map((name) => [name, null])) };
  return { ...stub, ...Object.fromEntries(names.map((name) => [name, item[name]])) };
}

const groupItem = (group: Group): Item => ({
  id: group.id,
  createdDateTime: '2025-03-01T08:00:00Z',
  description: null,
  displayName: group.name,
  groupTypes: [],
  isAssignableToRole: group.roleAssignable ? true : null,
  mail: null,
  mailEnabled: false,
  mailNickname: group.name.replaceAll(/\W/g, ''),
  onPremisesSyncEnabled: null,
  securityEnabled: true,
  visibility: null,
});

function memberOf(call: Call, world: TenantContext, deep: boolean) {
  const { seed } = personOf(call, world);
  const groups = groupsOf(seed.id, call.view, world, deep);
  const principals = [seed.id, ...(deep ? groups.map((group) => group.id) : [])];
  const roles = new Map(
    assignmentsOf(principals, call.view, world)
      .filter(({ role }) => role.builtIn)
      .map((assignment) => [assignment.role.templateId, roleItem(assignment, world)]),
  );
  const items = [
    ...groups.map((group) => mixed('group', groupItem(group), GROUP_PROPERTIES, call)),
    ...[...roles.values()].map((role) => mixed('role', role, ROLE_PROPERTIES, call)),
  ];
  return { status: 200, body: answerList(items, MIXED_RULES, asking(call, world, 'directoryObjects')) };
}

function groupOr404(call: Call, { state }: TenantContext): Group {
  const id = call.parameters['groupId'] ?? '';
  const cell = state.groups.get(id.toLowerCase());
  if (cell === undefined) throw notFound(id);
  return cell.read(call.view);
}

function members(call: Call, world: TenantContext, deep: boolean) {
  const ids = new Set<string>();
  const add = (group: Group): void => {
    for (const id of group.members) {
      if (ids.has(id)) continue;
      ids.add(id);
      const inner = world.state.groups.get(id);
      if (deep && inner !== undefined) add(inner.read(call.view));
    }
  };
  add(groupOr404(call, world));
  const items = [...ids].flatMap((id) => {
    const person = world.state.people.get(id);
    if (person !== undefined) return [mixed('user', userItem(person, call.view, world), USER_RULES.byDefault ?? [], call)];
    const group = world.state.groups.get(id);
    return group === undefined ? [] : [mixed('group', groupItem(group.read(call.view)), GROUP_PROPERTIES, call)];
  });
  return { status: 200, body: answerList(items, MIXED_RULES, asking(call, world, 'directoryObjects')) };
}

export const groupHandlers: Handlers = {
  'groups.memberOf': (call, world) => memberOf(call, world, false),
  'groups.transitiveMemberOf': (call, world) => memberOf(call, world, true),
  'group.get': (call, world) => ({
    status: 200,
    body: answerOne(groupItem(groupOr404(call, world)), GROUP_RULES, asking(call, world, 'groups')),
  }),
  'groups.members': (call, world) => members(call, world, false),
  'groups.transitiveMembers': (call, world) => members(call, world, true),
};
