/**
 * The sign-in service: discovery and tokens for apps (certificate) and for
 * people's clients (refresh).
 */
import type { Answer } from '../answers.ts';
import type { TenantContext } from '../call.ts';
import { guidOf } from '../directory-roles.ts';
import type { SignInError } from '../sessions.ts';
import { TokenRefusal } from '../token-refusal.ts';

const SAID: Readonly<Partial<Record<SignInError, string>>> = {
  50_057: 'The user account is disabled.',
  50_133: 'The session is not valid due to password expiration or recent password change.',
  50_173: 'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
};

export interface TokenAsk {
  readonly form: URLSearchParams;
  readonly at: number;
}

/** What a client is given when a person was let in. */
export interface PersonTokens {
  readonly token_type: 'Bearer';
  readonly scope: string;
  readonly expires_in: number;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
}

export const clientIdOf = (app: string): string => guidOf(`client application ${app}`);

/** `POST /{tenant}/oauth2/v2.0/token` */
export async function giveToken({ form, at }: TokenAsk, world: TenantContext): Promise<Answer> {
  switch (form.get('grant_type')) {
    case 'client_credentials': {
      const app = await world.tokens.admitApp(form, world.company.apps, at);
      const granted = world.state.servicePrincipals.read({ kind: 'primary' }).find((sp) => sp.appId === app.appId);
      const { jwt, expiresInS } = await world.tokens.forApp(app, granted?.permissions ?? [], at);
      return { status: 200, body: { token_type: 'Bearer', expires_in: expiresInS, ext_expires_in: expiresInS, access_token: jwt } };
    }
    case 'refresh_token': {
      const refreshed = world.sessions.refresh(form.get('refresh_token') ?? '', at);
      if (refreshed.kind === 'refused') {
        const { session, code } = refreshed;
        if (session !== null) world.signIns.refreshed(session.personId, session.from, code, session.id, '', at);
        throw new TokenRefusal(400, 'invalid_grant', code, SAID[code] ?? 'The grant is not valid.');
      }
      const { session, token } = refreshed;
      world.signIns.refreshed(session.personId, session.from, 0, session.id, token.uti, at);
      return { status: 200, body: await personTokens(session.id, refreshed, world) };
    }
    default:
      throw new TokenRefusal(400, 'unsupported_grant_type', 70_003, 'The app requested an unsupported grant type.');
  }
}

export async function personTokens(
  sessionId: string,
  { session, token }: Pick<Extract<ReturnType<TenantContext['sessions']['refresh']>, { kind: 'issued' }>, 'session' | 'token'>,
  world: TenantContext,
): Promise<PersonTokens> {
  const { jwt, expiresInS } = await world.tokens.forPerson(session, token, clientIdOf(session.from.app));
  return {
    token_type: 'Bearer',
    scope: 'User.Read Mail.ReadWrite MailboxSettings.ReadWrite',
    expires_in: expiresInS,
    access_token: jwt,
    refresh_token: session.refreshToken,
    session_id: sessionId,
  };
}

/** The body with which the sign-in service refuses. */
export function tokenErrorBody(
  refusal: { error: string; code: number; message: string },
  requestId: string,
  correlationId: string,
  at: number,
): unknown {
  const timestamp = `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    error: refusal.error,
    error_description: `AADSTS${refusal.code}: ${refusal.message} Trace ID: ${requestId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [refusal.code],
    timestamp,
    trace_id: requestId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${refusal.code}`,
  };
}
