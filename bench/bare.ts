// The same calls to Microsoft Graph, in the same order, with nothing else:
// no Temporal, no ledger, no inbox. `bench/close.ts` compares with it.
import { readFile } from 'node:fs/promises';
import { ClientCertificateCredential } from '@azure/identity';
import { ENDPOINTS, type Endpoint } from '../activities/microsoft/endpoints.ts';

interface BareSettings {
  readonly graphBaseUrl: string;
  readonly authorityHost: string;
  readonly tenantId: string;
  readonly reader: { readonly clientId: string; readonly certificatePath: string };
  readonly actor: { readonly clientId: string; readonly certificatePath: string };
}

const settings = JSON.parse(process.argv[2] ?? '{}') as BareSettings;
const tokens = { reader: await token('reader'), actor: await token('actor') };

process.on('message', (subject: string) => {
  void contain(subject).then((ms) => process.send?.({ ms }));
});
process.send?.({ ready: true });

async function token(app: 'reader' | 'actor'): Promise<string> {
  const { clientId, certificatePath } = settings[app];
  const certificate = await readFile(certificatePath, 'utf8');
  const options = { authorityHost: settings.authorityHost, disableInstanceDiscovery: true };
  const credential = new ClientCertificateCredential(settings.tenantId, clientId, { certificate }, options);
  return (await credential.getToken(`${new URL(settings.graphBaseUrl).origin}/.default`)).token;
}

/** @returns milliseconds until a fresh read showed the account blocked and its sessions revoked */
async function contain(subject: string): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    [ENDPOINTS.learnAccount, ENDPOINTS.memberships, ENDPOINTS.roleAssignments, ENDPOINTS.eligibleRoles].map((call) => send(call, subject)),
  );
  const collection = Promise.allSettled([ENDPOINTS.surveyAccount, ENDPOINTS.methods].map((call) => send(call, subject)));
  await Promise.all([
    step(subject, ENDPOINTS.blockSignIn, (state) => !state.accountEnabled),
    step(
      subject,
      ENDPOINTS.revokeSessions,
      (state, before) => state.signInSessionsValidFromDateTime !== before.signInSessionsValidFromDateTime,
    ),
  ]);
  const ms = performance.now() - startedAt;
  await collection;
  return ms;
}

interface State {
  readonly accountEnabled: boolean;
  readonly signInSessionsValidFromDateTime: string | null;
}

async function step(subject: string, write: Endpoint, reached: (state: State, before: State) => boolean): Promise<void> {
  const before = (await send(ENDPOINTS.readAccount, subject)) as State;
  await send(write, subject, write.method === 'PATCH' ? { accountEnabled: false } : {});
  for (;;) {
    if (reached((await send(ENDPOINTS.readAccount, subject)) as State, before)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function send(call: Endpoint, subject: string, body?: unknown): Promise<unknown> {
  const query = Object.entries(call.query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(value.replace('{id}', subject))}`);
  const url = new URL(
    `${call.version}${call.path.replace('{id}', subject)}${query.length === 0 ? '' : `?${query.join('&')}`}`,
    `${new URL(settings.graphBaseUrl).origin}/`,
  );
  const response = await fetch(url, {
    method: call.method,
    headers: { authorization: `Bearer ${tokens[call.app]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${call.id}: ${response.status} ${text.slice(0, 200)}`);
  return text === '' ? null : JSON.parse(text);
}
