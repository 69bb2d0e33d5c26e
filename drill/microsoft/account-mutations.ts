/**
 * What is done to an account, by an app through Graph and by an administrator
 * in the portal alike: the same change and the same rows in the audit log. Who
 * may do it was decided before.
 */
import type { TenantContext } from './call.ts';
import type { Effect } from './journal.ts';
import type { AuditEvent } from './logs.ts';
import { PRIMARY } from './replicas.ts';
import type { PersonCells } from './state.ts';

export interface Act {
  readonly by: AuditEvent['by'];
  readonly at: number;
  readonly correlationId: string;
}

export function setEnabled(person: PersonCells, to: boolean, act: Act, world: TenantContext): readonly Effect[] {
  const before = person.account.read(PRIMARY);
  if (before.enabled === to) return [];
  person.account.write({ ...before, enabled: to }, act.at);
  if (!to) world.sessions.ended(before.id, 'disabled', act.at);
  const change = { name: 'AccountEnabled', from: before.enabled, to };
  audit(to ? 'Enable account' : 'Disable account', person, change, act, world);
  audit('Update user', person, change, act, world);
  return [{ what: 'accountEnabled', target: before.id, from: before.enabled, to }];
}

export function setPassword(person: PersonCells, password: string, act: Act, world: TenantContext): readonly Effect[] {
  const before = person.account.read(PRIMARY);
  person.account.write({ ...before, password, passwordChangedAt: act.at }, act.at);
  person.passwords.push(password);
  world.sessions.ended(before.id, 'password', act.at);
  audit('Reset user password', person, undefined, act, world);
  return [{ what: 'password', target: before.id, from: iso(before.passwordChangedAt), to: iso(act.at) }];
}

export function endSessions(person: PersonCells, act: Act, world: TenantContext): readonly Effect[] {
  // A guest's sessions are the home tenant's: the call is answered and does nothing.
  if (person.seed.userType === 'Guest') return [];
  const before = person.account.read(PRIMARY);
  person.account.write({ ...before, sessionsValidFrom: act.at }, act.at);
  world.sessions.ended(before.id, 'revoked', act.at);
  const [from, to] = [iso(before.sessionsValidFrom), iso(act.at)];
  audit('Update StsRefreshTokenValidFrom Timestamp', person, { name: 'StsRefreshTokensValidFrom', from, to }, act, world);
  return [{ what: 'signInSessionsValidFrom', target: before.id, from, to }];
}

const iso = (at: number): string => new Date(at).toISOString();

interface Change {
  readonly name: string;
  readonly from: unknown;
  readonly to: unknown;
}

function audit(
  activity: string,
  { seed }: PersonCells,
  change: Change | undefined,
  { by, at, correlationId }: Act,
  { logs }: TenantContext,
): void {
  logs.audit({
    at,
    activity,
    category: 'UserManagement',
    service: 'Core Directory',
    operationType: 'Update',
    by,
    targets: [
      {
        id: seed.id,
        type: 'User',
        displayName: null,
        userPrincipalName: seed.upn,
        ...(change === undefined ? {} : { modified: [change] }),
      },
    ],
    correlationId,
  });
}
