/**
 * What an operation answers, and Microsoft's envelopes for the answers no one
 * wants. An answer only says what it would change; the server carries it out, so
 * that a fault can come in between.
 */
import type { Effect } from './journal.ts';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Carries the change out at that moment and says what changed; nothing when all was so already. */
  readonly commit?: (at: number) => readonly Effect[];
}

/** A refusal in Microsoft Graph's envelope; date and ids are added when it is sent. */
export interface GraphError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Services that repeat the message inside. */
  readonly repeatsMessage?: boolean;
}

/** Thrown by an operation to refuse; nothing was changed. */
export class Refusal extends Error {
  readonly error: GraphError;

  constructor(error: GraphError) {
    super(`${error.status} ${error.code}`);
    this.error = error;
  }
}

/** A call this tenant does not have: the drill must not pass over it. */
export class UnknownCall extends Error {}

export const denied = (): Refusal =>
  new Refusal({ status: 403, code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' });

const absent = (id: string): string => `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;

export const notFound = (id: string): Refusal => new Refusal({ status: 404, code: 'Request_ResourceNotFound', message: absent(id) });

export const badRequest = (message: string, code = 'Request_BadRequest'): Refusal => new Refusal({ status: 400, code, message });

/** The service for sign-in methods says everything twice. */
export const methodRefused = (message: string): Refusal => new Refusal({ status: 400, code: 'badRequest', message, repeatsMessage: true });

/** The text of that service for a method that no one has is not documented: only the status can be relied on. */
export const methodNotFound = (id: string): Refusal =>
  new Refusal({ status: 404, code: 'Request_ResourceNotFound', message: absent(id), repeatsMessage: true });

export const unsupportedQuery = (message: string): Refusal => badRequest(message, 'Request_UnsupportedQuery');

export const onPremisesMastered = (): Refusal =>
  badRequest(
    'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
  );

export const noMailbox = (): Refusal =>
  new Refusal({
    status: 404,
    code: 'MailboxNotEnabledForRESTAPI',
    message: 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  });

export function licenceMissing(licence: 'p1' | 'p2', operation: string): Refusal {
  if (licence === 'p1') {
    return new Refusal({
      status: 403,
      code: 'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
      message: "Neither tenant is B2C or tenant doesn't have premium license",
    });
  }
  return operation.startsWith('risk.')
    ? new Refusal({ status: 403, code: 'Forbidden', message: 'Your tenant is not licensed for this feature.' })
    : badRequest('The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.', 'AadPremiumLicenseRequired');
}

export function badToken(message: string, challenge?: string): GraphError {
  const claims = challenge === undefined ? '' : `, error="insufficient_claims", claims="${Buffer.from(challenge).toString('base64')}"`;
  return {
    status: 401,
    code: 'InvalidAuthenticationToken',
    message,
    headers: {
      'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"${claims}`,
    },
  };
}

export const throttled = (code: string, headers: Readonly<Record<string, string>>): GraphError => ({
  status: 429,
  code,
  message: 'The server is busy. Please try again later.',
  headers,
});

const FAULT_CODES: Readonly<Record<number, readonly [string, string]>> = {
  400: ['Request_BadRequest', 'Bad request.'],
  401: ['InvalidAuthenticationToken', 'Access token validation failure.'],
  403: ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'],
  404: ['Request_ResourceNotFound', 'Resource does not exist or one of its queried reference-property objects are not present.'],
  409: ['ConcurrencyViolation', 'A conflicting object was changed at the same time.'],
  429: ['TooManyRequests', 'The server is busy. Please try again later.'],
  500: ['InternalServerError', 'An internal server error has occurred.'],
  502: ['BadGateway', 'The service received an invalid answer.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable.'],
  504: ['GatewayTimeout', 'The service did not answer in time.'],
};

interface PlayedRefusal {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfter?: number | string;
  readonly retryAfterDate?: number;
}

/** What a fault of that status says when the scenario does not. */
export function faultError(fault: PlayedRefusal, at: number): GraphError {
  const retryAfter = fault.retryAfterDate === undefined ? fault.retryAfter : new Date(at + fault.retryAfterDate * 1000).toUTCString();
  const [code, message] = FAULT_CODES[fault.status] ?? ['UnknownError', 'An error has occurred.'];
  return {
    status: fault.status,
    code: fault.code ?? code,
    message: fault.message ?? message,
    ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }),
  };
}

export interface AnswerIds {
  readonly requestId: string;
  readonly clientRequestId: string;
  readonly at: number;
}

export function errorBody({ code, message, repeatsMessage }: GraphError, { requestId, clientRequestId, at }: AnswerIds): unknown {
  const innerError = {
    ...(repeatsMessage === true ? { message } : {}),
    date: new Date(at).toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': clientRequestId,
  };
  return { error: { code, message, innerError } };
}

/** Graph writes most times with whole seconds. */
export const seconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
