import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { APPS, certificates, IDS, PEOPLE, type Practice, practiceTenant, TENANT_ID } from './practice.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'programs', 'real-clients.ts');

let practice: Practice;
let folder: string;
beforeAll(async () => {
  practice = await practiceTenant();
  folder = await mkdtemp(join(tmpdir(), 'real-clients-'));
});
afterAll(async () => {
  await practice.stop();
  await rm(folder, { recursive: true, force: true });
});

it('the real credential library and the real Graph client work against the practice tenant', async () => {
  const { caPem, apps } = await certificates();
  const settings = join(folder, 'settings.json');
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, caPem);
  await writeFile(
    settings,
    JSON.stringify({
      url: practice.tenant.url,
      tenantId: TENANT_ID,
      clientId: APPS.actor.appId,
      certificate: `${apps.actor.keyPem}\n${apps.actor.certPem}`,
      person: IDS.ana,
    }),
    { mode: 0o600 },
  );
  const { HTTPS_PROXY: _, https_proxy: __, ...environment } = process.env;

  const { stdout } = await run(process.execPath, ['--import', 'tsx', PROGRAM, settings], {
    env: { ...environment, NODE_EXTRA_CA_CERTS: ca },
  });

  expect(JSON.parse(stdout)).toEqual({
    before: expect.objectContaining({ id: IDS.ana, accountEnabled: true }),
    blocked: null,
    revoked: true,
    after: expect.objectContaining({ accountEnabled: false }),
    ids: PEOPLE.map((each) => each.id),
    refusal: { status: 404, code: 'Request_ResourceNotFound', id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  const tokens = practice.tenant.journal.records().filter((record) => record.operation === 'token.app');
  // One token serves them all: it lives long enough for the library to keep it.
  expect(tokens.map((record) => record.status)).toEqual([200]);
});
