import { describe, expect, it } from 'vitest';
import { type AccountFacts, type Baseline, judgeAccount, protectedBecause, ROLE_TEMPLATES } from '../../domain/account.ts';
import { objectId } from '../../domain/ids.ts';

const id = (n: number) => objectId(`bbbbbbbb-0000-4000-8000-00000000000${n}`);
const ana = id(1);

const baseline = (part: Partial<Baseline> = {}): Baseline => ({
  digest: 'd',
  storedAt: '2026-11-01T00:00:00.000Z',
  breakGlass: [id(8)],
  provenBreakGlass: [id(8)],
  syncAccounts: [id(9)],
  administrators: [id(2), id(3), id(4)],
  approverGroup: id(1),
  approvers: [id(5), id(6), id(7)],
  ...part,
});

const facts = (part: Partial<AccountFacts> = {}): AccountFacts => ({
  id: ana,
  enabled: true,
  userType: 'Member',
  synced: false,
  federated: false,
  managementRestricted: false,
  roles: [],
  inRoleAssignableGroup: false,
  ...part,
});

describe('an account', () => {
  it.each([
    ['ordinary', facts(), null],
    ['privileged', facts({ roles: ['fe930be7-5e62-47db-91af-98c3a49a38b1'] }), null],
    ['privileged', facts({ inRoleAssignableGroup: true }), null],
    ['guest', facts({ userType: 'Guest', roles: ['x'] }), null],
    ['restricted', facts({ managementRestricted: true, roles: ['x'] }), null],
    ['protected', facts({ id: id(8) }), 'break-glass'],
    ['protected', facts({ id: id(9) }), 'sync'],
    ['protected', facts({ roles: [ROLE_TEMPLATES.directorySynchronizationAccounts] }), 'sync'],
  ] as const)('is %s', (kind, seen, because) => {
    expect(judgeAccount(seen, baseline())).toMatchObject({ kind, protectedBecause: because });
  });

  it.each([
    ['administrators', 'last-administrators'],
    ['approvers', 'last-approvers'],
  ] as const)('is protected when two %s are left and it is one of them, and not when there are three', (list, because) => {
    expect(protectedBecause(ana, baseline({ [list]: [ana, id(2)] }))).toBe(because);
    expect(protectedBecause(ana, baseline({ [list]: [ana, id(2), id(3)] }))).toBeNull();
  });

  it('says where a block here does not keep the attacker out', () => {
    expect(judgeAccount(facts({ synced: true, federated: true }), baseline()).outsideReach).toEqual(['synced', 'federated']);
    expect(judgeAccount(facts({ userType: 'Guest' }), baseline()).outsideReach).toEqual(['guest-home-tenant']);
  });
});
