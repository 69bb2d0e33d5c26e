import { existsSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePracticeCa } from '../../drill/microsoft/certificates.ts';
import { practiceCertificate } from '../setup/practice-ca.ts';
import { workflowBundle } from '../setup/workflow-bundle.ts';

async function servingWith(certificate: { readonly keyPem: string; readonly certPem: string }): Promise<string> {
  const server = createServer({ key: certificate.keyPem, cert: certificate.certPem }, (_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return `https://localhost:${String(address.port)}/`;
}

describe('what every test file may count on', () => {
  it('its process trusts the practice certificate, and no other practice CA', async () => {
    const stranger = await (await makePracticeCa()).issueServer(['localhost']);

    expect(await (await fetch(await servingWith(await practiceCertificate()))).text()).toBe('hello');
    await expect(fetch(await servingWith(stranger))).rejects.toThrow('fetch failed');
  });

  // What a transitive import drags along is seen by no type-check: only the bundler knows that the sandbox lacks it.
  it('the workflows can be bundled, once for all who ask', async () => {
    const [one, other] = await Promise.all([workflowBundle(), workflowBundle()]);

    expect(one).toEqual(other);
    expect(existsSync(one.codePath)).toBe(true);
    expect(existsSync(join(`${one.codePath}.lock`))).toBe(false);
  });
});
