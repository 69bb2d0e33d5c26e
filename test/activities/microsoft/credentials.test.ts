// What a credential that cannot be used looks like from outside: the code survives the Graph library, and the reason is said.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openGraph } from '../../../activities/microsoft/client.ts';
import { ENDPOINTS } from '../../../activities/microsoft/endpoints.ts';
import { ACCESS_STATE } from '../../../activities/microsoft/schemas.ts';
import { tokenSource } from '../../../activities/microsoft/tokens.ts';
import { openWorkerFixture, type WorkerFixture } from '../../worker/worker-fixture.ts';

let folder: string;
let company: WorkerFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  company = await openWorkerFixture(folder);
});
afterEach(() => company.tenant.faults.clear());
afterAll(async () => {
  await company.tenant.stop();
  await rm(folder, { recursive: true });
});

/** One read of an account with the actor's client id and this certificate file. */
function readWith(certificatePath: string): Promise<unknown> {
  const { tenant, apps } = company;
  const origin = new URL(tenant.graphBaseUrl).origin;
  const graph = openGraph({
    baseUrl: tenant.graphBaseUrl,
    meter: { take: () => Promise.resolve({ settle: () => undefined }) },
    timeoutMs: 2_000,
    tokens: tokenSource(
      { kind: 'certificate', tenantId: tenant.company.tenantId, clientId: apps.actor.clientId, certificatePath },
      { authorityHost: tenant.authorityHost, instanceDiscovery: false, graphOrigin: origin, timeoutMs: 2_000 },
    ),
  });
  return graph.send(ENDPOINTS.readAccount, { id: company.ana }, ACCESS_STATE);
}

const written = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const pemOf = (app: 'reader' | 'actor'): Promise<string> => readFile(company.apps[app].certificatePath, 'utf8');
const block = (pem: string, label: RegExp): string => pem.split(/(?<=-----END [A-Z ]+-----)/).find((part) => label.test(part)) ?? '';

describe('a credential that cannot be used is GRAPH_TOKEN_REFUSED, never a broken connection, and says why', () => {
  it.each<[string, () => Promise<string>, RegExp]>([
    ['the certificate file is missing', async () => join(folder, 'nowhere.pem'), /cannot be read \(ENOENT\)/],
    ['the certificate file is a folder', async () => folder, /cannot be read \(EISDIR\)/],
    ['the certificate file is empty', () => written('empty.pem', ''), /no certificate in PEM form/],
    ['the certificate file is garbage', () => written('garbage.pem', 'not a certificate'), /no certificate in PEM form/],
    [
      'there is no private key',
      async () => written('no-key.pem', block(await pemOf('actor'), /CERTIFICATE/)),
      /no private key in PEM form/,
    ],
    ['there is no certificate', async () => written('no-cert.pem', block(await pemOf('actor'), /KEY/)), /no certificate in PEM form/],
    [
      'the key belongs to another certificate',
      async () => written('mixed.pem', `${block(await pemOf('actor'), /CERTIFICATE/)}\n${block(await pemOf('reader'), /KEY/)}`),
      /belongs to another certificate/,
    ],
    ["the certificate is another app's", async () => company.apps.reader.certificatePath, /refuses the credential \(AADSTS700027\)/],
  ])('when %s', async (_, path, reason) => {
    const failure = readWith(await path());
    await expect(failure).rejects.toMatchObject({ code: 'GRAPH_TOKEN_REFUSED' });
    await expect(failure).rejects.toThrow(reason);
    await expect(failure).rejects.not.toThrow(/PRIVATE KEY/);
  });

  it('when the sign-in service is away, and the next call asks it again', async () => {
    company.tenant.faults.add({ operation: 'token.app', occurrence: 1, kind: 'status', status: 503 });
    const { certificatePath } = company.apps.actor;
    await expect(readWith(certificatePath)).rejects.toMatchObject({ code: 'GRAPH_TOKEN_REFUSED' });
    await expect(readWith(certificatePath)).resolves.toMatchObject({ body: { id: company.ana } });
  });
});
