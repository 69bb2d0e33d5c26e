/**
 * The certificate a test's HTTPS server shows. Every test process trusts it, through NODE_EXTRA_CA_CERTS.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/** PEM texts of the run's server certificate, valid for localhost and 127.0.0.1, and of the CA that issued it. */
export interface PracticeCertificate {
  readonly keyPem: string;
  readonly certPem: string;
  readonly caPem: string;
  /** The file a child process needs in NODE_EXTRA_CA_CERTS to trust it too. */
  readonly trustedFile: string;
}

/** The run's server certificate. */
export async function practiceCertificate(): Promise<PracticeCertificate> {
  const folder = inject('practiceCaDir');
  const [keyPem, certPem, caPem] = await Promise.all(
    ['server.key', 'server.pem', 'ca.pem'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  if (keyPem === undefined || certPem === undefined || caPem === undefined)
    throw new Error(`expected the practice certificate in ${folder}`);
  return { keyPem, certPem, caPem, trustedFile: join(folder, 'trusted.pem') };
}
