// The credential of one of our two apps. The library keeps a failed token
// request in its own memory for a minute, whatever the server asked for; at
// night that minute is ours, so after a failure a fresh credential is made.
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
      credential ??= await makeCredential(settings, authority);
      try {
        const token = await credential.getToken(scope);
        if (token === null) throw new Error('the credential gave no token');
        return token.token;
      } catch (cause) {
        credential = null;
        throw new RunbookError('GRAPH_TOKEN_REFUSED', `expected an access token for ${authority.graphOrigin}, got none`, { cause });
      }
    },
    renew() {
      credential = null;
    },
  };
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
      const certificate = await readFile(settings.certificatePath, 'utf8');
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
