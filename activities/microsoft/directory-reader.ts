// The reading client: what the directory and its logs say. Nothing here writes.
import type { AccountFacts } from '../../domain/account.ts';
import { RunbookError, remedyOf } from '../../domain/errors.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import type { LoggedActivity, LoggedSignIn } from '../../domain/log-analysis.ts';
import type { SeenMethod } from '../../domain/method.ts';
import type { BlindSpot, RawAnswer, Reading } from '../../domain/step.ts';
import { type GraphClient, itemsOf, type List } from './client.ts';
import { ENDPOINTS, SIGN_IN_EVENT_TYPES } from './endpoints.ts';
import { seenMethod } from './methods.ts';
import { ACCOUNT, AUDIT, DOMAIN, MEMBER, MEMBERSHIP, METHOD, ODD, ROLE_ASSIGNMENT, SIGN_IN } from './schemas.ts';

export interface LearnedAccount {
  readonly facts: AccountFacts;
  readonly blindSpots: readonly BlindSpot[];
}

/** The account as evidence collection reads it. */
export interface CollectedAccount {
  /** Null: the answer does not say it, and that is a blind spot. */
  readonly enabled: boolean | null;
  readonly passwordChangedAt: string | null;
  readonly sessionsCutAt: string | null;
}

/** What the directory says of a person who wants to decide. */
export interface PersonNow {
  readonly inGroup: boolean;
  readonly guest: boolean;
  readonly enabled: boolean;
}

export interface DirectoryReader {
  /** What kind of account this is. Roles that cannot be read are a blind spot when `patience` has run out; before that the failure is thrown, to be tried again. */
  learnAccount(subject: ObjectId, federatedDomains: readonly string[], patience: 'more' | 'none'): Promise<Reading<LearnedAccount>>;
  surveyAccount(subject: ObjectId): Promise<Reading<CollectedAccount>>;
  methods(subject: ObjectId): Promise<Reading<readonly SeenMethod[]>>;
  signInsSince(subject: ObjectId, since: string): Promise<Reading<readonly LoggedSignIn[]>>;
  /** Successful operations that the subject's account initiated since then. */
  activitySince(subject: ObjectId, since: string): Promise<Reading<readonly LoggedActivity[]>>;
  /** Is this person in that group now, and who are they? A person whom the directory does not know is never a member. */
  personNow(person: ObjectId, group: ObjectId): Promise<PersonNow>;
  holdersOf(roleTemplateId: string): Promise<Reading<readonly ObjectId[]>>;
  membersOf(group: ObjectId): Promise<Reading<readonly { readonly id: ObjectId; readonly person: boolean }[]>>;
  /** Null: the directory does not say it. */
  isEnabled(subject: ObjectId): Promise<Reading<boolean | null>>;
  federatedDomains(): Promise<Reading<readonly string[]>>;
}

export function directoryReader(graph: GraphClient): DirectoryReader {
  return {
    async learnAccount(subject, federated, patience) {
      const account = graph.send(ENDPOINTS.learnAccount, { id: subject }, ACCOUNT);
      const [seen, memberships, direct, eligible] = await Promise.all([
        account,
        attempt('roles', patience, graph.list(ENDPOINTS.memberships, { id: subject }, MEMBERSHIP)),
        attempt('roles', patience, graph.list(ENDPOINTS.roleAssignments, { id: subject }, ROLE_ASSIGNMENT)),
        attempt('eligible-roles', patience, graph.list(ENDPOINTS.eligibleRoles, { id: subject }, ROLE_ASSIGNMENT)),
      ]);
      const groups = memberships.items;
      const roles = new Set([
        ...groups.map((item) => item.roleTemplateId ?? null),
        ...direct.items.map((item) => item.roleDefinitionId),
        ...eligible.items.map((item) => item.roleDefinitionId),
      ]);
      roles.delete(null);
      const { accountEnabled, userType, userPrincipalName, onPremisesSyncEnabled, isManagementRestricted } = seen.body;
      const domain = userPrincipalName?.split('@').at(-1)?.toLowerCase() ?? null;
      const known = isBoolean(accountEnabled) && userType !== ODD && onPremisesSyncEnabled !== ODD && domain !== null;
      return {
        value: {
          facts: {
            id: subject,
            enabled: accountEnabled ?? null,
            userType: userType === 'Guest' ? 'Guest' : 'Member',
            // What is not known to be kept here may be kept elsewhere.
            synced: onPremisesSyncEnabled === true || onPremisesSyncEnabled === ODD,
            federated: domain === null ? federated.length > 0 : federated.includes(domain),
            managementRestricted: isManagementRestricted === true,
            roles: [...roles].filter((role) => role !== null),
            inRoleAssignableGroup: groups.some((item) => item.isAssignableToRole === true),
          },
          blindSpots: distinct([
            ...(known ? [] : [incomplete('account')]),
            ...memberships.blindSpots,
            ...direct.blindSpots,
            ...eligible.blindSpots,
          ]),
        },
        answers: [seen.raw, ...memberships.answers, ...direct.answers, ...eligible.answers],
      };
    },
    async surveyAccount(subject) {
      const { body, raw } = await graph.send(ENDPOINTS.surveyAccount, { id: subject }, ACCOUNT);
      return {
        value: {
          enabled: body.accountEnabled ?? null,
          passwordChangedAt: body.lastPasswordChangeDateTime ?? null,
          sessionsCutAt: body.signInSessionsValidFromDateTime ?? null,
        },
        answers: [raw],
        blindSpots: isBoolean(body.accountEnabled) ? [] : [incomplete('account')],
      };
    },
    async methods(subject) {
      const list = await graph.list(ENDPOINTS.methods, { id: subject }, METHOD);
      return { value: list.items.map(seenMethod), answers: list.answers, blindSpots: gapsIn('sign-in-methods', list) };
    },
    async personNow(person, group) {
      try {
        const [{ body }, memberships] = await Promise.all([
          graph.send(ENDPOINTS.learnAccount, { id: person }, ACCOUNT),
          graph.list(ENDPOINTS.memberships, { id: person }, MEMBER),
        ]);
        const inGroup = memberships.items.some((item) => item.id === group);
        // Not among the groups that came is not outside of it, where pages are missing.
        if (!inGroup) itemsOf(memberships);
        // An unknown value gives no right to decide.
        return { inGroup, guest: body.userType === 'Guest' || body.userType === ODD, enabled: body.accountEnabled === true };
      } catch (error) {
        if (error instanceof RunbookError && error.code === 'GRAPH_NOT_FOUND') return { inGroup: false, guest: false, enabled: false };
        throw error;
      }
    },
    async signInsSince(subject, since) {
      const lists = await Promise.all(
        SIGN_IN_EVENT_TYPES.map((eventType) => graph.list(ENDPOINTS.signIns, { id: subject, since, eventType }, SIGN_IN)),
      );
      // A row that both requests give is one row.
      const rows = new Map(lists.flatMap(({ items }) => items).map((item, index) => [item.id ?? `row ${index}`, item]));
      return {
        value: [...rows.values()].map((item) => ({
          at: item.createdDateTime,
          errorCode: item.status.errorCode,
          correlationId: item.correlationId ?? null,
          address: item.ipAddress ?? null,
        })),
        answers: lists.flatMap(({ answers }) => answers),
        blindSpots: distinct(lists.flatMap((list) => gapsIn('sign-in-log', list))),
      };
    },
    async activitySince(subject, since) {
      const list = await graph.list(ENDPOINTS.auditsBySubject, { id: subject, since }, AUDIT);
      return {
        value: list.items
          .filter((item) => item.result !== 'failure')
          .map((item) => ({
            at: item.activityDateTime,
            activity: item.activityDisplayName,
            address: item.initiatedBy?.user?.ipAddress ?? null,
          })),
        answers: list.answers,
        blindSpots: gapsIn('audit-log', list),
      };
    },
    async holdersOf(roleTemplateId) {
      const list = await graph.list(ENDPOINTS.roleHolders, { id: roleTemplateId }, ROLE_ASSIGNMENT);
      return { value: [...new Set(itemsOf(list).map((item) => objectId(item.principalId)))], answers: list.answers };
    },
    async membersOf(group) {
      const list = await graph.list(ENDPOINTS.groupMembers, { id: group }, MEMBER);
      return {
        value: itemsOf(list).map((item) => ({
          id: objectId(item.id),
          person: item['@odata.type'] === '#microsoft.graph.user' && item.userType !== 'Guest' && item.userType !== ODD,
        })),
        answers: list.answers,
      };
    },
    async isEnabled(subject) {
      const { body, raw } = await graph.send(ENDPOINTS.learnAccount, { id: subject }, ACCOUNT);
      return { value: body.accountEnabled ?? null, answers: [raw] };
    },
    async federatedDomains() {
      const list = await graph.list(ENDPOINTS.domains, {}, DOMAIN);
      // A domain that does not say who proves its people may have it done elsewhere.
      const federated = itemsOf(list).filter((item) => item.authenticationType !== 'Managed');
      return { value: federated.map((item) => item.id.toLowerCase()), answers: list.answers };
    },
  };
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

const incomplete = (what: BlindSpot['what']): BlindSpot => ({ what, why: 'incomplete-answer' });

/** What was read of a list counts; what could not be is named. */
export const gapsIn = (what: BlindSpot['what'], { unread, cutShort }: Pick<List<unknown>, 'unread' | 'cutShort'>): BlindSpot[] =>
  unread > 0 || cutShort !== null ? [incomplete(what)] : [];

/** Names a failure that a reader may live with as a blind spot; null for one that needs other handling. */
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
async function attempt<Item>(what: BlindSpot['what'], patience: 'more' | 'none', reading: Promise<List<Item>>): Promise<Listed<Item>> {
  try {
    const list = await reading;
    return { items: list.items, answers: list.answers, blindSpots: gapsIn(what, list) };
  } catch (error) {
    const spot = blindSpotOf(what, error);
    if (spot === null || (patience === 'more' && mayStillCome(error))) throw error;
    return { items: [], answers: [], blindSpots: [spot] };
  }
}

export const distinct = (spots: readonly BlindSpot[]): BlindSpot[] => [
  ...new Map(spots.map((spot) => [`${spot.what}: ${spot.why}`, spot])).values(),
];
