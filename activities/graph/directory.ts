// The reading door: what the directory and its logs say. Nothing here writes.
import type { AccountFacts } from '../../domain/account.ts';
import { RunbookError, remedyOf } from '../../domain/errors.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import type { SeenMethod } from '../../domain/method.ts';
import type { LoggedAct, LoggedSignIn } from '../../domain/signs.ts';
import type { BlindSpot, RawAnswer, Reading } from '../../domain/step.ts';
import { CALLS } from './calls.ts';
import type { GraphDoor } from './client.ts';
import { seenMethod } from './methods.ts';
import { ACCOUNT, AUDIT, DOMAIN, MEMBER, MEMBERSHIP, METHOD, ROLE_ASSIGNMENT, SIGN_IN } from './shapes.ts';

export interface LearnedAccount {
  readonly facts: AccountFacts;
  readonly blindSpots: readonly BlindSpot[];
}

/** The account as the survey finds it. */
export interface SurveyedAccount {
  readonly enabled: boolean;
  readonly passwordChangedAt: string | null;
  readonly sessionsCutAt: string | null;
}

/** What the directory says of somebody who wants to decide. */
export interface PersonNow {
  readonly inGroup: boolean;
  readonly guest: boolean;
  readonly enabled: boolean;
}

export interface DirectoryReader {
  /** What kind of account this is. Roles that cannot be read are a blind spot when `patience` has run out; before that the failure is thrown, to be tried again. */
  learnAccount(subject: ObjectId, federatedDomains: readonly string[], patience: 'more' | 'none'): Promise<Reading<LearnedAccount>>;
  surveyAccount(subject: ObjectId): Promise<Reading<SurveyedAccount>>;
  methods(subject: ObjectId): Promise<Reading<readonly SeenMethod[]>>;
  signInsSince(subject: ObjectId, since: string): Promise<Reading<readonly LoggedSignIn[]>>;
  /** Successful acts that the subject's account began since then. */
  actsSince(subject: ObjectId, since: string): Promise<Reading<readonly LoggedAct[]>>;
  /** Is this person in that group now, and who are they? Somebody the directory does not know is nobody. */
  personNow(person: ObjectId, group: ObjectId): Promise<PersonNow>;
  holdersOf(roleTemplateId: string): Promise<Reading<readonly ObjectId[]>>;
  membersOf(group: ObjectId): Promise<Reading<readonly { readonly id: ObjectId; readonly person: boolean }[]>>;
  isEnabled(subject: ObjectId): Promise<Reading<boolean>>;
  federatedDomains(): Promise<Reading<readonly string[]>>;
}

export function directoryReader(graph: GraphDoor): DirectoryReader {
  return {
    async learnAccount(subject, federated, patience) {
      const account = graph.send(CALLS.learnAccount, { id: subject }, ACCOUNT);
      const [seen, memberships, direct, eligible] = await Promise.all([
        account,
        attempt('roles', patience, graph.list(CALLS.memberships, { id: subject }, MEMBERSHIP)),
        attempt('roles', patience, graph.list(CALLS.roleAssignments, { id: subject }, ROLE_ASSIGNMENT)),
        attempt('eligible-roles', patience, graph.list(CALLS.eligibleRoles, { id: subject }, ROLE_ASSIGNMENT)),
      ]);
      const groups = memberships.items;
      const roles = new Set([
        ...groups.map((item) => item.roleTemplateId ?? null),
        ...direct.items.map((item) => item.roleDefinitionId),
        ...eligible.items.map((item) => item.roleDefinitionId),
      ]);
      roles.delete(null);
      const domain = seen.body.userPrincipalName.split('@').at(-1)?.toLowerCase() ?? '';
      return {
        value: {
          facts: {
            id: subject,
            enabled: seen.body.accountEnabled,
            userType: seen.body.userType ?? 'Member',
            synced: seen.body.onPremisesSyncEnabled === true,
            federated: federated.includes(domain),
            managementRestricted: seen.body.isManagementRestricted === true,
            roles: [...roles].filter((role) => role !== null),
            inRoleAssignableGroup: groups.some((item) => item.isAssignableToRole === true),
          },
          blindSpots: distinct([...memberships.blindSpots, ...direct.blindSpots, ...eligible.blindSpots]),
        },
        answers: [seen.raw, ...memberships.answers, ...direct.answers, ...eligible.answers],
      };
    },
    async surveyAccount(subject) {
      const { body, raw } = await graph.send(CALLS.surveyAccount, { id: subject }, ACCOUNT);
      return {
        value: {
          enabled: body.accountEnabled,
          passwordChangedAt: body.lastPasswordChangeDateTime ?? null,
          sessionsCutAt: body.signInSessionsValidFromDateTime ?? null,
        },
        answers: [raw],
      };
    },
    async methods(subject) {
      const { items, answers } = await graph.list(CALLS.methods, { id: subject }, METHOD);
      return { value: items.map(seenMethod), answers };
    },
    async personNow(person, group) {
      try {
        const [{ body }, { items }] = await Promise.all([
          graph.send(CALLS.learnAccount, { id: person }, ACCOUNT),
          graph.list(CALLS.memberships, { id: person }, MEMBERSHIP),
        ]);
        return { inGroup: items.some((item) => item.id === group), guest: body.userType === 'Guest', enabled: body.accountEnabled };
      } catch (error) {
        if (error instanceof RunbookError && error.code === 'GRAPH_NOT_FOUND') return { inGroup: false, guest: false, enabled: false };
        throw error;
      }
    },
    async signInsSince(subject, since) {
      const { items, answers } = await graph.list(CALLS.signIns, { id: subject, since }, SIGN_IN);
      return {
        value: items.map((item) => ({
          at: item.createdDateTime,
          errorCode: item.status.errorCode,
          correlationId: item.correlationId ?? null,
          address: item.ipAddress ?? null,
        })),
        answers,
      };
    },
    async actsSince(subject, since) {
      const { items, answers } = await graph.list(CALLS.auditsBySubject, { id: subject, since }, AUDIT);
      return {
        value: items
          .filter((item) => item.result !== 'failure')
          .map((item) => ({
            at: item.activityDateTime,
            activity: item.activityDisplayName,
            address: item.initiatedBy?.user?.ipAddress ?? null,
          })),
        answers,
      };
    },
    async holdersOf(roleTemplateId) {
      const { items, answers } = await graph.list(CALLS.roleHolders, { id: roleTemplateId }, ROLE_ASSIGNMENT);
      return { value: [...new Set(items.map((item) => objectId(item.principalId)))], answers };
    },
    async membersOf(group) {
      const { items, answers } = await graph.list(CALLS.groupMembers, { id: group }, MEMBER);
      return {
        value: items.map((item) => ({
          id: objectId(item.id),
          person: item['@odata.type'] === '#microsoft.graph.user' && item.userType !== 'Guest',
        })),
        answers,
      };
    },
    async isEnabled(subject) {
      const { body, raw } = await graph.send(CALLS.learnAccount, { id: subject }, ACCOUNT);
      return { value: body.accountEnabled, answers: [raw] };
    },
    async federatedDomains() {
      const { items, answers } = await graph.list(CALLS.domains, {}, DOMAIN);
      return { value: items.filter((item) => item.authenticationType === 'Federated').map((item) => item.id.toLowerCase()), answers };
    },
  };
}

/** Names a failure that a reader may live with as a blind spot; null for one that must be looked at otherwise. */
export function blindSpotOf(what: BlindSpot['what'], error: unknown): BlindSpot | null {
  if (!(error instanceof RunbookError)) return null;
  switch (error.code) {
    case 'GRAPH_LICENCE_MISSING':
      return { what, why: 'licence' };
    case 'GRAPH_FORBIDDEN':
    case 'GRAPH_UNAUTHORIZED':
      return { what, why: 'permission' };
    case 'GRAPH_ANSWER_UNREADABLE':
      return { what, why: 'incomplete-answer' };
    default:
      return error.code.startsWith('GRAPH_') ? { what, why: 'no-answer' } : null;
  }
}

/** Would trying again give another answer? A licence, a right or an account that is missing will not appear by itself. */
export const mayStillCome = (error: unknown): boolean => error instanceof RunbookError && remedyOf(error.code) === 'retry';

interface Listed<Item> {
  readonly items: readonly Item[];
  readonly answers: readonly RawAnswer[];
  readonly blindSpots: readonly BlindSpot[];
}

/** A list that may stay unread: a licence or a right that is missing will not appear by trying again, an answer may. */
async function attempt<Item>(
  what: BlindSpot['what'],
  patience: 'more' | 'none',
  reading: Promise<{ items: Item[]; answers: RawAnswer[] }>,
): Promise<Listed<Item>> {
  try {
    return { ...(await reading), blindSpots: [] };
  } catch (error) {
    const spot = blindSpotOf(what, error);
    if (spot === null || (patience === 'more' && mayStillCome(error))) throw error;
    return { items: [], answers: [], blindSpots: [spot] };
  }
}

export const distinct = (spots: readonly BlindSpot[]): BlindSpot[] => [
  ...new Map(spots.map((spot) => [`${spot.what}: ${spot.why}`, spot])).values(),
];
