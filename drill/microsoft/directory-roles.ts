/**
 * Directory roles and who may touch whom. Microsoft's rule for sensitive actions
 * (open or close an account, set a password): the caller must hold a role that
 * outranks what the target holds, and the Graph permission alone is not enough.
 */
import { createHash } from 'node:crypto';

/** Template ids are Microsoft's and the same in every tenant. */
const TEMPLATES: Readonly<Record<string, string>> = {
  'Application Administrator': '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  'Authentication Administrator': 'c4e39bd9-1100-46d3-8c65-fb160da0071f',
  'Authentication Policy Administrator': '0526716b-113d-4c15-b2c8-68e3c22b9f80',
  'Billing Administrator': 'b0f54661-2d74-4c50-afa3-1ec803f12efe',
  'Cloud Application Administrator': '158c047a-c907-4556-b7ef-446551a6b5f7',
  'Cloud Device Administrator': '7698a772-787b-4ac8-901f-60d6b08affd2',
  'Compliance Administrator': '17315797-102d-40b4-93e0-432062caca18',
  'Conditional Access Administrator': 'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9',
  'Directory Readers': '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',
  'Directory Synchronization Accounts': 'd29b2b05-8046-44ba-8758-1e26182fcf32',
  'Directory Writers': '9360feb5-f418-4baa-8175-e2a00bac4301',
  'Exchange Administrator': '29232cdf-9323-42fd-ade2-1d097af3e4de',
  'Global Administrator': '62e90394-69f5-4237-9190-012177145e10',
  'Global Reader': 'f2ef992c-3afb-46b9-b7cf-a126ee74c451',
  'Groups Administrator': 'fdd7a751-b60b-444a-984c-02652fe8fa1c',
  'Guest Inviter': '95e79109-95c0-4d8e-aee3-d01accf2d47b',
  'Helpdesk Administrator': '729827e3-9c14-49f7-bb1b-9608f156bbb8',
  'Hybrid Identity Administrator': '8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2',
  'Intune Administrator': '3a2c62db-5318-420d-8d74-23affee5d9d5',
  'License Administrator': '4d6ac14f-3453-41d0-bef9-a3e0c569773a',
  'Message Center Reader': '790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b',
  'Password Administrator': '966707d0-3269-4727-9be2-8c3a10f19b9d',
  'Privileged Authentication Administrator': '7be44c8a-adaf-4e2a-84d6-ab2649e08a13',
  'Privileged Role Administrator': 'e8611ab8-c189-46e8-94e1-60213ab1f814',
  'Reports Reader': '4a5d8f65-41da-4de4-8968-e035b65339cf',
  'Security Administrator': '194ae4cb-b126-40b2-bd5b-6091b380977d',
  'Security Operator': '5f2222b1-57c3-48ba-8ad5-d4759f1fde6f',
  'Security Reader': '5d6b6bb7-de71-4623-b4af-96380a352509',
  'SharePoint Administrator': 'f28a1f50-f6e7-4571-818b-6a12f2af6b6c',
  'Teams Administrator': '69091246-20e8-4a56-aa4d-066075b2a7a8',
  'Usage Summary Reports Reader': '75934031-6c7e-415a-99d7-48dbd49e875e',
  'User Administrator': 'fe930be7-5e62-47db-91af-98c3a49a38b1',
};

const PRIVILEGED = new Set([
  'Application Administrator',
  'Authentication Administrator',
  'Cloud Application Administrator',
  'Cloud Device Administrator',
  'Conditional Access Administrator',
  'Directory Writers',
  'Global Administrator',
  'Global Reader',
  'Helpdesk Administrator',
  'Hybrid Identity Administrator',
  'Intune Administrator',
  'Password Administrator',
  'Privileged Authentication Administrator',
  'Privileged Role Administrator',
  'Security Administrator',
  'Security Operator',
  'Security Reader',
  'User Administrator',
]);

/** What a User Administrator may touch besides people without any role. */
const BELOW_USER_ADMINISTRATOR = new Set([
  'Directory Readers',
  'Guest Inviter',
  'Groups Administrator',
  'Helpdesk Administrator',
  'Message Center Reader',
  'Password Administrator',
  'Reports Reader',
  'User Administrator',
  'Usage Summary Reports Reader',
]);

const ABOVE_ALL = new Set(['Global Administrator', 'Privileged Authentication Administrator']);

export interface DirectoryRole {
  readonly templateId: string;
  readonly name: string;
  readonly builtIn: boolean;
  readonly privileged: boolean;
}

/** The role of that display name; one that Microsoft does not ship is a custom role with an id of its own. */
export function roleNamed(name: string): DirectoryRole {
  const template = TEMPLATES[name];
  return {
    templateId: template ?? guidOf(`custom role ${name}`),
    name,
    builtIn: template !== undefined,
    privileged: PRIVILEGED.has(name),
  };
}

export const builtInRoles = (): readonly DirectoryRole[] => Object.keys(TEMPLATES).map(roleNamed);

/** The object that stands for a role in one tenant's directory; it exists once the role was given to a person. */
export const roleObjectId = (tenantId: string, templateId: string): string => guidOf(`${tenantId}/directory role/${templateId}`);

export interface SensitiveTarget {
  readonly roles: readonly string[];
  /** Member or owner of a group that can be given roles. */
  readonly inRoleAssignableGroup: boolean;
  readonly restricted: boolean;
}

/** May a caller with these roles do a sensitive action on that target? */
export function outranks(callerRoles: readonly string[], target: SensitiveTarget): boolean {
  // Roles of the whole tenant do not reach into a restricted management unit, the highest included.
  if (target.restricted) return false;
  if (callerRoles.some((role) => ABOVE_ALL.has(role))) return true;
  if (!callerRoles.includes('User Administrator')) return false;
  return !target.inRoleAssignableGroup && target.roles.every((role) => BELOW_USER_ADMINISTRATOR.has(role));
}

/** The same text gives the same GUID, in every run. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
