// The credential of one of our two apps. The library keeps a failed token
// request in its own memory for a minute, whatever the server asked for; at
// night that minute is ours, so after a failure a fresh credential is made.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ClientCertificateCredential, ManagedIdentityCredential, type TokenCredential, WorkloadIdentityCredential } from '@azure/identity';
import { RunbookError } from '../../domain/errors.ts';

export type CredentialSettings =
  | { readonly kind: 'certificate'; readonly tenantId: string; readonly clientId: string; readonly certificatePath: string }
  | { readonly kind: 'workload-identity'; readonly tenantId: string; readonly clientId: string; readonly tokenFilePath: string }
  | { readonly kind: 'managed-identity'; readonly clientId: string };

export interface TokenSource {
  /** @throws RunbookError GRAPH_TOKEN_REFUSED */
  getAccessToken(): Promise<string>;
  /** Forget what is cached: the last token was refused. */
  renew(): void;
}

export interface AuthoritySettings {
  readonly authorityHost: string;
  /** Off means: do not ask Microsoft's public host whether the authority is known to it. */
  readonly instanceDiscovery: boolean;
  /** The Graph origin that the token is for. */
  readonly graphOrigin: string;
  readonly timeoutMs: number;
}

export function tokenSource(settings: CredentialSettings, authority: AuthoritySettings): TokenSource {
  const scope = `${authority.graphOrigin}/.default`;
  let credential: TokenCredential | null = null;
  return {
    async getAccessToken() {
      try {
        credential ??= await makeCredential(settings, authority);
        const token = await credential.getToken(scope);
        if (token === null) throw new CredentialProblem('the credential gave no token');
        return token.token;
      } catch (cause) {
        credential = null;
        throw new RunbookError(
          'GRAPH_TOKEN_REFUSED',
          `expected an access token for ${authority.graphOrigin}, got none: ${reasonOf(cause)}`,
          { cause },
        );
      }
    },
    renew() {
      credential = null;
    },
  };
}

/** The certificate file of this installation cannot be used. Never holds what the file contains. */
class CredentialProblem extends Error {
  override readonly name = 'CredentialProblem';
}

/** The library's own errors quote the whole answer of the sign-in service; its number says enough. */
function reasonOf(cause: unknown): string {
  if (cause instanceof CredentialProblem) return cause.message;
  const refused = /AADSTS\d+/.exec(cause instanceof Error ? cause.message : '');
  return refused === null ? 'the sign-in service gave no usable answer' : `the sign-in service refuses the credential (${refused[0]})`;
}

/** The library finds most faults of this file only when a token is asked for, and then without saying which. */
async function certificateIn(path: string): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CredentialProblem(`the certificate file cannot be read (${error.code ?? 'no reason given'})`);
  });
  const certificate = usable(() => new X509Certificate(pem), 'the certificate file holds no certificate in PEM form');
  const key = usable(() => createPrivateKey(pem), 'the certificate file holds no private key in PEM form');
  if (!certificate.checkPrivateKey(key))
    throw new CredentialProblem('the private key in the certificate file belongs to another certificate');
  return pem;
}

function usable<Value>(parse: () => Value, otherwise: string): Value {
  try {
    return parse();
  } catch {
    throw new CredentialProblem(otherwise);
  }
}

async function makeCredential(settings: CredentialSettings, authority: AuthoritySettings): Promise<TokenCredential> {
  const options = {
    authorityHost: authority.authorityHost,
    disableInstanceDiscovery: !authority.instanceDiscovery,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      {
        position: 'perCall' as const,
        // The library ignores its own time-out option for token requests; a policy reaches the request itself.
        policy: {
          name: 'unapprove-timeout',
          sendRequest: (request: { timeout: number }, next: (r: never) => Promise<never>) => {
            request.timeout = authority.timeoutMs;
            return next(request as never);
          },
        },
      },
    ],
  };
  switch (settings.kind) {
    case 'certificate': {
      const certificate = await certificateIn(settings.certificatePath);
      return new ClientCertificateCredential(settings.tenantId, settings.clientId, { certificate }, options);
    }
    case 'workload-identity':
      return new WorkloadIdentityCredential({
        ...options,
        tenantId: settings.tenantId,
        clientId: settings.clientId,
        tokenFilePath: settings.tokenFilePath,
      });
    case 'managed-identity':
      return new ManagedIdentityCredential({ clientId: settings.clientId });
  }
}
