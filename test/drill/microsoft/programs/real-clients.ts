// The real credential library and the real Graph client, in a process that was
// started with the practice CA as an extra one: nothing else makes them trust it.
import { readFile } from 'node:fs/promises';
import { ClientCertificateCredential } from '@azure/identity';
import { AuthenticationHandler, Client, type Context, GraphError, type Middleware, PageIterator } from '@microsoft/microsoft-graph-client';

interface Settings {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly certificate: string;
  readonly person: string;
}

const settings = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as Settings;
const { url, tenantId, clientId, certificate, person } = settings;

const credential = new ClientCertificateCredential(
  tenantId,
  clientId,
  { certificate },
  { authorityHost: url, disableInstanceDiscovery: true },
);
const first = new AuthenticationHandler({
  getAccessToken: async () => (await credential.getToken(`${url}/.default`)).token,
});
const last: Middleware = {
  async execute(context: Context) {
    context.response = await fetch(context.request, context.options);
  },
};
first.setNext(last);
const graph = Client.initWithMiddleware({ baseUrl: `${url}/`, customHosts: new Set(['localhost']), middleware: [first, last] });

const before = (await graph.api(`/users/${person}`).select('id,accountEnabled').get()) as { id: string; accountEnabled: boolean };
const blocked: unknown = await graph.api(`/users/${person}`).patch({ accountEnabled: false });
const revoked = (await graph.api(`/users/${person}/revokeSignInSessions`).post({})) as { value: boolean };
const after = (await graph.api(`/users/${person}`).select('accountEnabled').get()) as { accountEnabled: boolean };

const ids: string[] = [];
const pages = new PageIterator(graph, await graph.api('/users').select('id').top(3).get(), (each: { id: string }) => ids.push(each.id) > 0);
await pages.iterate();

const refusal = await graph
  .api('/users/00000000-0000-4000-8000-00000000dead')
  .get()
  .catch((error: unknown) => (error instanceof GraphError ? { status: error.statusCode, code: error.code, id: error.requestId } : error));

process.stdout.write(JSON.stringify({ before, blocked: blocked ?? null, revoked: revoked.value, after, ids, refusal }));
