// Branded ids. A checked GUID cannot be confused with typed text, and only an object id may stand in a Graph path.

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The directory's own id of a person, device or group. Never an e-mail address: those can be changed by an attacker. */
export type ObjectId = Branded<'ObjectId'>;
/** The directory (tenant) a case belongs to. */
export type TenantId = Branded<'TenantId'>;
/** One case: the id of the first run of its workflow. */
export type CaseId = Branded<'CaseId'>;
/** The chain of entries that belong to no case: refusals, baselines, policy. */
export type TenantChain = `tenant/${string}`;
export type Chain = CaseId | TenantChain;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isGuid = (text: string): boolean => GUID.test(text);

/** @throws TypeError when the text is not a lower-case GUID */
export function objectId(text: string): ObjectId {
  if (!isGuid(text)) throw new TypeError(`expected an object id (a lower-case GUID), got ${JSON.stringify(text.slice(0, 60))}`);
  return text as ObjectId;
}

/** @throws TypeError when the text is not a lower-case GUID */
export function tenantId(text: string): TenantId {
  if (!isGuid(text)) throw new TypeError(`expected a tenant id (a lower-case GUID), got ${JSON.stringify(text.slice(0, 60))}`);
  return text as TenantId;
}

/** @throws TypeError when the text is not a lower-case GUID */
export function caseId(text: string): CaseId {
  if (!isGuid(text)) throw new TypeError(`expected a case id (a lower-case GUID), got ${JSON.stringify(text.slice(0, 60))}`);
  return text as CaseId;
}

export const tenantChain = (tenant: TenantId): TenantChain => `tenant/${tenant}`;

/** One open case per account: Temporal allows one open run per workflow id. */
export const caseWorkflowId = (tenant: TenantId, subject: ObjectId): string => `case/${tenant}/${subject}`;
