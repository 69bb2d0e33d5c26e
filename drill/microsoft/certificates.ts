/**
 * The certificates of one practice run: a CA no one else trusts, the tenant's
 * server certificate and the apps' certificates. All live in memory, or in the
 * one folder the caller names, and are worthless outside it.
 */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

export interface KeyAndCertificate {
  /** PKCS#8. */
  readonly keyPem: string;
  readonly certPem: string;
}

export interface PracticeCa {
  readonly caPem: string;
  /** A TLS server certificate for host names and IPv4 addresses. */
  issueServer(hostnames: readonly string[]): Promise<KeyAndCertificate>;
  /** A certificate with which an app registration proves itself. RSA, because the credential library signs with PS256 only. */
  issueApp(name: string): Promise<KeyAndCertificate>;
}

const LIFE_MS = 30 * 24 * 60 * 60 * 1000;
/** A machine whose clock is a little behind must still trust it. */
const BACKDATE_MS = 60 * 60 * 1000;
const RSA: webcrypto.RsaHashedKeyGenParams = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * Makes a CA. Its name is unique: two runs on one machine must not be taken for each other by a verifier that looks
 * issuers up by name.
 *
 * @param dir when given, `ca.pem` is written there (the folder is made)
 */
export async function makePracticeCa(dir?: string): Promise<PracticeCa> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const name = `CN=unapprove practice CA ${randomBytes(6).toString('hex')}`;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    ...validity(),
    signingAlgorithm: EC,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const caPem = pem(ca.toString('pem'));
  if (dir !== undefined) {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'ca.pem'), caPem);
  }

  async function issue(
    subject: string,
    algorithm: typeof EC | webcrypto.RsaHashedKeyGenParams,
    extensions: x509.Extension[],
  ): Promise<KeyAndCertificate> {
    const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject,
      issuer: ca.subject,
      ...validity(),
      signingAlgorithm: EC,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return { keyPem: pem(x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')), certPem: pem(certificate.toString('pem')) };
  }

  return {
    caPem,
    issueServer: (hostnames) =>
      issue(`CN=${hostnames[0] ?? 'localhost'}`, EC, [
        new x509.SubjectAlternativeNameExtension(
          hostnames.map((value) => ({ type: IPV4.test(value) ? ('ip' as const) : ('dns' as const), value })),
        ),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      ]),
    issueApp: (app) =>
      issue(`CN=${app.replaceAll(/[^\w .-]/g, ' ')}`, RSA, [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)]),
  };
}

// With a line end: such files are put one behind the other, and a marker in the middle of a line spoils both.
const pem = (text: string): string => `${text.trimEnd()}\n`;

// A leading 0x01 keeps the number positive and of one length.
const serialNumber = (): string => `01${randomBytes(15).toString('hex')}`;

const validity = (): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - BACKDATE_MS),
  notAfter: new Date(Date.now() + LIFE_MS),
});
