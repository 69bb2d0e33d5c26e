/**
 * How an app proves itself: a short statement signed with the key of the
 * certificate that stands in its registration.
 */
import { X509Certificate } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, importX509, jwtVerify } from 'jose';
import type { AppSeed } from './company.ts';
import { TokenRefusal } from './token-refusal.ts';

/** The credential library dates its statements half a second ahead. */
const CLOCK_TOLERANCE_S = 5;
const LONGEST_LIFE_S = 24 * 60 * 60;

export interface AssertionRequest {
  readonly clientId: string;
  readonly assertion: string;
  /** What the statement must be made for: the token endpoint. */
  readonly endpoint: string;
  readonly at: number;
}

/** The base64url SHA-256 thumbprint of a certificate, as `x5t#S256` names it. */
export const thumbprint = (certificatePem: string): string =>
  Buffer.from(new X509Certificate(certificatePem).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');

/**
 * The app that a statement really comes from.
 * @throws TokenRefusal
 */
export async function checkAssertion(apps: readonly AppSeed[], { clientId, assertion, endpoint, at }: AssertionRequest): Promise<AppSeed> {
  const app = apps.find((each) => each.appId.toLowerCase() === clientId.toLowerCase());
  if (app === undefined) {
    throw new TokenRefusal(
      400,
      'unauthorized_client',
      700_016,
      `Application with identifier '${clientId}' was not found in the directory.`,
    );
  }
  try {
    const header: Readonly<Record<string, unknown>> = decodeProtectedHeader(assertion);
    if (header['alg'] !== 'PS256' || header['x5t#S256'] !== thumbprint(app.certificatePem)) {
      throw notSigned('the certificate used to sign it is not registered on the application.');
    }
    await jwtVerify(assertion, await importX509(app.certificatePem, 'PS256'), {
      issuer: app.appId,
      subject: app.appId,
      audience: endpoint,
      algorithms: ['PS256'],
      requiredClaims: ['exp', 'nbf', 'jti'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(at),
    });
  } catch (error) {
    throw refusalOf(error);
  }
  const { exp = 0, nbf = 0 } = decodeJwt(assertion);
  if (exp - nbf > LONGEST_LIFE_S) throw outOfTime();
  return app;
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return outOfTime();
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf' || error.claim === 'exp') return outOfTime();
    if (error.claim === 'aud') {
      return new TokenRefusal(401, 'invalid_client', 700_023, 'Client assertion audience claim does not match Realm issuer.');
    }
  }
  // What cannot be read as a token at all comes as a TypeError.
  return error instanceof errors.JOSEError || error instanceof TypeError ? notSigned('signature validation failed.') : error;
}

const notSigned = (why: string): TokenRefusal => new TokenRefusal(401, 'invalid_client', 700_027, `Client assertion is not valid: ${why}`);

const outOfTime = (): TokenRefusal =>
  new TokenRefusal(401, 'invalid_client', 700_024, 'Client assertion is not within its valid time range.');
