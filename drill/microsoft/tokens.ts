/**
 * Access tokens, signed by this tenant and verified on each call. What is in a
 * token is what was true when it was issued: a permission granted later shows in
 * the next one only.
 */
import { decodeJwt, errors, exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose';
import { checkAssertion } from './client-assertion.ts';
import type { AppSeed } from './company.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { AccessToken, Session } from './sessions.ts';
import { TokenRefusal } from './token-refusal.ts';

const MINUTE = 60_000;
/**
 * Real time whatever the time scale: the credential library takes a token with less than five minutes left for spent, so a
 * shorter life would only make every call of an app fetch a token first.
 */
const APP_LIFE = [60 * MINUTE, 90 * MINUTE] as const;
const KEY_ID = 'practice-1';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What people's own clients may do in their name. */
export const PERSON_SCOPES = ['User.Read', 'Mail.Read', 'MailboxSettings.ReadWrite', 'UserAuthenticationMethod.Read'] as const;

export type TokenClaims =
  | { readonly kind: 'bad'; readonly why: string }
  | { readonly kind: 'app'; readonly appId: string; readonly roles: readonly string[] }
  | { readonly kind: 'user'; readonly personId: string; readonly appId: string; readonly uti: string };

export interface IssuedToken {
  readonly jwt: string;
  readonly expiresInS: number;
}

export interface TokenService {
  /** The public key, as the sign-in service publishes it. */
  keys(): { readonly keys: readonly JWK[] };
  /** What the sign-in service says about itself. */
  configuration(): Readonly<Record<string, unknown>>;
  /** Every access token so far: what must be found in no log. */
  issued(): readonly string[];
  /**
   * The app that a `client_credentials` request proves to come from.
   * @throws TokenRefusal
   */
  admitApp(form: URLSearchParams, apps: readonly AppSeed[], at: number): Promise<AppSeed>;
  forApp(app: AppSeed, permissions: readonly string[], at: number): Promise<IssuedToken>;
  forPerson(session: Session, token: AccessToken, clientId: string): Promise<IssuedToken>;
  read(jwt: string, at: number): Promise<TokenClaims>;
}

/**
 * @param origin `https://localhost:PORT`: the audience of every token and the base of the token endpoint; known once the
 *   server listens
 */
export async function createTokenService(tenantId: string, origin: () => string, chance: SeededRandom): Promise<TokenService> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const issuer = `https://sts.windows.net/${tenantId}/`;
  const lives = chance('app token lives');
  const ids = chance('app token ids');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, use: 'sig', alg: 'RS256' }] };
  const issued: string[] = [];

  const sign = async (claims: Readonly<Record<string, unknown>>, subject: string, at: number, expiresAt: number): Promise<string> => {
    const jwt = await new SignJWT({ ...claims, tid: tenantId, ver: '1.0' })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })
      .setIssuer(issuer)
      .setAudience(origin())
      .setSubject(subject)
      .setIssuedAt(Math.floor(at / 1000))
      .setNotBefore(Math.floor(at / 1000))
      // Whole seconds: the sessions know to the millisecond when a person's token ends.
      .setExpirationTime(Math.ceil(expiresAt / 1000))
      .sign(privateKey);
    issued.push(jwt);
    return jwt;
  };

  return {
    keys: () => jwks,
    configuration() {
      const base = `${origin()}/${tenantId}`;
      return {
        issuer: `${base}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
        response_modes_supported: ['query', 'fragment', 'form_post'],
        response_types_supported: ['code'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
        scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
        tenant_region_scope: 'EU',
      };
    },
    issued: () => issued,
    async admitApp(form, apps, at) {
      if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
        throw new TokenRefusal(
          401,
          'invalid_client',
          7_000_218,
          "The request body must contain the following parameter: 'client_assertion'.",
        );
      }
      const app = await checkAssertion(apps, {
        clientId: form.get('client_id') ?? '',
        assertion: form.get('client_assertion') ?? '',
        endpoint: `${origin()}/${tenantId}/oauth2/v2.0/token`,
        at,
      });
      // OpenID scopes mean nothing to an app and are passed over, as the real service does.
      const resources = (form.get('scope') ?? '').split(' ').filter((scope) => scope.includes('/'));
      if (resources.length !== 1 || resources[0] !== `${origin()}/.default`) {
        throw new TokenRefusal(400, 'invalid_scope', 70_011, `The provided value for the input parameter 'scope' is not valid.`);
      }
      return app;
    },
    async forApp(app, permissions, at) {
      const life = lives.between(...APP_LIFE);
      const claims = { appid: app.appId, azp: app.appId, oid: app.servicePrincipalId, idtyp: 'app', roles: permissions, uti: ids.text(16) };
      return { jwt: await sign(claims, app.servicePrincipalId, at, at + life), expiresInS: Math.floor(life / 1000) };
    },
    async forPerson({ id, personId, from }, { uti, issuedAt, expiresAt }, clientId) {
      const cae = from.cae ? { xms_cc: ['CP1'] } : {};
      const claims = { appid: clientId, oid: personId, idtyp: 'user', scp: PERSON_SCOPES.join(' '), sid: id, uti, ...cae };
      return { jwt: await sign(claims, personId, issuedAt, expiresAt), expiresInS: Math.floor((expiresAt - issuedAt) / 1000) };
    },
    async read(jwt, at) {
      try {
        const { payload } = await jwtVerify(jwt, publicKey, {
          issuer,
          audience: origin(),
          algorithms: ['RS256'],
          requiredClaims: ['exp', 'nbf', 'uti', 'appid'],
          currentDate: new Date(at),
        });
        return claimsOf(payload);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        // A person's token that ran out is handed on: the sessions note that a person came with it and was refused.
        if (error instanceof errors.JWTExpired && claimsOf(decodeJwt(jwt)).kind === 'user') return claimsOf(decodeJwt(jwt));
        return { kind: 'bad', why: whyBad(error) };
      }
    },
  };
}

function claimsOf(payload: Readonly<Record<string, unknown>>): TokenClaims {
  const text = (name: string): string => (typeof payload[name] === 'string' ? payload[name] : '');
  if (text('idtyp') !== 'app') return { kind: 'user', personId: text('oid'), appId: text('appid'), uti: text('uti') };
  return { kind: 'app', appId: text('appid'), roles: Array.isArray(payload['roles']) ? payload['roles'].map(String) : [] };
}

function whyBad(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'Lifetime validation failed, the token is expired.';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return 'Access token validation failure. Invalid audience.';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'Access token validation failure. Invalid signature.';
  return 'IDX14100: JWT is not well formed.';
}
