/**
 * The directory and the mailboxes, as they are. Every part is a replicated cell:
 * what a reader sees depends on where it lands, what a writer changes is the
 * primary. Nothing here decides whether a person may do it.
 */

import type { CompanySeed, DomainSeed, PersonSeed } from './company.ts';
import type { Account, Device, Grant, Group, Held, Method, RoleAssignment, Rule, ServicePrincipal } from './directory-items.ts';
import { roleNamed } from './directory-roles.ts';
import { methodId } from './method-shapes.ts';
import { type Cell, createCell, type LagMs, NO_LAG, PRIMARY } from './replicas.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface PersonCells {
  readonly seed: PersonSeed;
  readonly account: Cell<Account>;
  readonly methods: Cell<readonly Method[]>;
  readonly devices: Cell<readonly Device[]>;
  readonly rules: Cell<readonly Rule[]>;
  readonly grants: Cell<readonly Grant[]>;
  /** Every password the account ever had, oldest first: none of them may be found anywhere. */
  readonly passwords: string[];
}

export interface State {
  readonly company: CompanySeed;
  readonly people: ReadonlyMap<string, PersonCells>;
  readonly groups: ReadonlyMap<string, Cell<Group>>;
  readonly roleAssignments: Cell<readonly RoleAssignment[]>;
  readonly eligibilities: Cell<readonly RoleAssignment[]>;
  readonly servicePrincipals: Cell<readonly ServicePrincipal[]>;
  /** Both find by id and by key, and null when there is no such person. */
  person(idOrKey: string): PersonCells | null;
  personByUpn(upn: string): PersonCells | null;
  domainOf(upn: string): DomainSeed | undefined;
  /** Everything that an undo must put back, in a form that can be compared. */
  snapshot(): unknown;
}

const DAY = 24 * 60 * 60 * 1000;

/** Builds the directory of a company as it has stood for a while. */
export function createState(company: CompanySeed, chance: SeededRandom, lag: LagMs, now: number): State {
  const ids = chance('ids');
  const keyed = new Map(company.people.map((seed) => [seed.key, seed]));
  const groupsByKey = new Map(company.groups.map((seed) => [seed.key, seed]));
  const idOf = (key: string): string => {
    const id = keyed.get(key)?.id ?? groupsByKey.get(key)?.id;
    if (id === undefined) throw new Error(`the company seed names "${key}" in a group, and has no person or group of that key`);
    return id;
  };

  const people = new Map<string, PersonCells>();
  for (const seed of company.people) {
    if (people.has(seed.id)) throw new Error(`two people of the company seed have the id ${seed.id}`);
    const held: Held = { holder: 'owner', plantedAt: null };
    people.set(seed.id, {
      seed,
      account: createCell(accountOf(seed, now), lag),
      methods: createCell(
        seed.methods.map((method) => ({ ...held, id: methodId(method, ids), seed: method, createdAt: createdAt(method, now) })),
        lag,
      ),
      devices: createCell(
        (seed.devices ?? []).map((device) => ({
          ...held,
          id: device.id ?? ids.guid(),
          deviceId: ids.guid(),
          seed: device,
          registeredAt: now - 90 * DAY,
        })),
        lag,
      ),
      rules: createCell(
        (seed.inboxRules ?? []).map((rule, index) => ({
          ...held,
          id: `AQAA${ids.text(6)}=`,
          displayName: rule.displayName,
          sequence: index + 1,
          isEnabled: rule.isEnabled ?? true,
          conditions: rule.conditions ?? {},
          actions: rule.actions ?? {},
        })),
        NO_LAG,
      ),
      grants: createCell<readonly Grant[]>([], lag),
      passwords: [seed.password],
    });
  }

  const groups = new Map(
    company.groups.map((seed) => [
      seed.id,
      createCell<Group>(
        {
          id: seed.id,
          name: seed.name,
          roleAssignable: seed.roleAssignable ?? false,
          members: seed.members.map(idOf),
          owners: (seed.owners ?? []).map(idOf),
        },
        lag,
      ),
    ]),
  );

  const given = (principalId: string, principal: RoleAssignment['principal'], names: readonly string[]): RoleAssignment[] =>
    names.map((name) => ({ id: `${ids.text(24)}-1`, principalId, principal, role: roleNamed(name), since: now - 200 * DAY }));
  const roleAssignments = createCell<readonly RoleAssignment[]>(
    [
      ...company.people.flatMap((seed) => given(seed.id, 'user', seed.roles)),
      ...company.groups.flatMap((seed) => given(seed.id, 'group', seed.roles ?? [])),
      ...company.apps.flatMap((seed) => given(seed.servicePrincipalId, 'servicePrincipal', seed.roles)),
    ],
    lag,
  );
  const eligibilities = createCell<readonly RoleAssignment[]>(
    company.people.flatMap((seed) => given(seed.id, 'user', seed.eligibleRoles)),
    lag,
  );
  const servicePrincipals = createCell<readonly ServicePrincipal[]>(
    company.apps.map((seed) => ({
      id: seed.servicePrincipalId,
      appId: seed.appId,
      displayName: seed.name,
      ours: true,
      permissions: seed.permissions,
      createdAt: now - 100 * DAY,
    })),
    lag,
  );

  const byKey = new Map([...people.values()].map((cells) => [cells.seed.key, cells]));
  return {
    company,
    people,
    groups,
    roleAssignments,
    eligibilities,
    servicePrincipals,
    person: (idOrKey) => people.get(idOrKey.toLowerCase()) ?? people.get(idOrKey) ?? byKey.get(idOrKey) ?? null,
    personByUpn: (upn) => [...people.values()].find((cells) => cells.seed.upn.toLowerCase() === upn.toLowerCase()) ?? null,
    domainOf: (upn) => company.domains.find((domain) => domain.name.toLowerCase() === upn.split('@').at(-1)?.toLowerCase()),
    snapshot: () =>
      structuredClone({
        people: Object.fromEntries(
          [...people.values()].map(({ seed, account, methods, devices, rules, grants }) => [
            seed.key,
            {
              account: account.read(PRIMARY),
              methods: methods.read(PRIMARY),
              devices: devices.read(PRIMARY),
              rules: rules.read(PRIMARY),
              grants: grants.read(PRIMARY),
            },
          ]),
        ),
        groups: [...groups.values()].map((group) => group.read(PRIMARY)),
        roleAssignments: roleAssignments.read(PRIMARY),
        eligibilities: eligibilities.read(PRIMARY),
        servicePrincipals: servicePrincipals.read(PRIMARY),
      }),
  };
}

function accountOf(seed: PersonSeed, now: number): Account {
  return {
    id: seed.id,
    enabled: seed.enabled,
    sessionsValidFrom: now - 60 * DAY,
    password: seed.password,
    passwordChangedAt: now - 60 * DAY,
    createdAt: now - 400 * DAY,
  };
}

const createdAt = (method: { readonly createdDateTime?: string } | object, now: number): number =>
  'createdDateTime' in method && typeof method.createdDateTime === 'string' ? Date.parse(method.createdDateTime) : now - 120 * DAY;
