// The keys of the way in. Each process is given only the half it needs: the
// receiving one signs and can seal, the worker verifies and can open. Nothing
// here prints, logs or returns key material as text.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  generateKeySync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PublicKeys, SigningKey } from './envelope.ts';
import { KeyProblem, readKeyFile, type Secrecy, writeNewFiles } from './key-files.ts';

export { KeyProblem } from './key-files.ts';

export const KEY_FILES = {
  signing: 'slack-app.signing.pem',
  signingPublic: 'slack-app.signing.pub.pem',
  sealing: 'inbox.sealing.jwk',
  sealingPublic: 'inbox.sealing.pub.jwk',
  master: 'master.key',
} as const;

const MASTER_KEY_BYTES = 32;
const PAYLOAD_KEY_BYTES = 32;
const SIGNING_PUBLIC = /^[a-z-]+\.signing\.pub\.pem$/;
const PAYLOAD = /^payload\..*\.key$/;
/** Payload keys are named after the time they were made, so that the last name is the newest key. */
const PAYLOAD_ID = /^payload\.(\d{8}T\d{6}Z)\.key$/;

export const payloadKeyFile = (keyId: string): string => `payload.${keyId}.key`;

/** The keys that encrypt Temporal's payloads: every key decrypts, the newest encrypts. */
export interface PayloadKeys {
  readonly newest: string;
  readonly byId: ReadonlyMap<string, KeyObject>;
}

export interface NewKeys {
  readonly signing: SigningKey;
  readonly sealing: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly masterKey: Uint8Array;
  readonly payload: PayloadKeys;
}

/** A fresh set, in memory: a signing pair for the Slack app, a sealing pair for the worker, the ledger's master key, and the first payload key. */
export function makeKeys(): NewKeys {
  const signing = generateKeyPairSync('ed25519');
  const sealing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    signing: { keyId: keyIdOf(signing.publicKey), privateKey: signing.privateKey },
    sealing,
    masterKey: new Uint8Array(randomBytes(MASTER_KEY_BYTES)),
    payload: payloadKeysOf([[payloadIdNow(), generateKeySync('aes', { length: 8 * PAYLOAD_KEY_BYTES })]]),
  };
}

/**
 * Makes the keys and writes them into `dir`, each readable by its owner only.
 * @returns the name of the signing key, which is no secret
 * @throws KeyProblem when keys are there already
 */
export async function initKeys(dir: string): Promise<{ readonly keyId: string }> {
  const { signing, sealing, masterKey, payload } = makeKeys();
  const payloadFiles = [...payload.byId].map(([keyId, key]) => [payloadKeyFile(keyId), `${key.export().toString('base64url')}\n`] as const);
  await writeNewFiles(dir, {
    [KEY_FILES.signing]: pem(signing.privateKey, 'pkcs8'),
    [KEY_FILES.signingPublic]: pem(createPublicKey(signing.privateKey), 'spki'),
    [KEY_FILES.sealing]: JSON.stringify(sealing.privateKey.export({ format: 'jwk' })),
    [KEY_FILES.sealingPublic]: JSON.stringify(sealing.publicKey.export({ format: 'jwk' })),
    [KEY_FILES.master]: `${Buffer.from(masterKey).toString('base64url')}\n`,
    ...Object.fromEntries(payloadFiles),
  });
  return { keyId: signing.keyId };
}

/** For a receiving process. @throws KeyProblem */
export async function loadSigningKey(dir: string): Promise<SigningKey> {
  const path = join(dir, KEY_FILES.signing);
  const privateKey = await asKey(path, 'secret', (bytes) => createPrivateKey(bytes));
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new KeyProblem(`Expected an Ed25519 key at ${path}, found another kind.`);
  return { keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
}

/** For the worker: the public halves of every receiving process. @throws KeyProblem when there is none */
export async function loadPublicKeys(dir: string): Promise<PublicKeys> {
  const names = (await namesIn(dir)).filter((name) => SIGNING_PUBLIC.test(name));
  const keys = new Map<string, KeyObject>();
  for (const name of names) {
    const publicKey = await asKey(join(dir, name), 'public', (bytes) => createPublicKey(bytes));
    keys.set(keyIdOf(publicKey), publicKey);
  }
  if (keys.size === 0) throw new KeyProblem(`There is no public signing key in ${dir}. Make the keys with "unapprove keys init".`);
  return keys;
}

/** For a receiving process: can seal text, and cannot open it. @throws KeyProblem */
export const loadSealingPublicKey = (dir: string): Promise<KeyObject> =>
  asKey(join(dir, KEY_FILES.sealingPublic), 'public', (bytes) => createPublicKey({ key: asJwk(bytes), format: 'jwk' }));

/** For the worker. @throws KeyProblem */
export const loadSealingPrivateKey = (dir: string): Promise<KeyObject> =>
  asKey(join(dir, KEY_FILES.sealing), 'secret', (bytes) => createPrivateKey({ key: asJwk(bytes), format: 'jwk' }));

/** The key that wraps the key of every case. @throws KeyProblem */
export const loadMasterKey = async (dir: string): Promise<Uint8Array> =>
  new Uint8Array(await secretBytes(join(dir, KEY_FILES.master), MASTER_KEY_BYTES));

/**
 * For the worker. A key is changed by adding a file: the newest name encrypts from the next start on, and older files stay
 * for as long as a case lives that began under them.
 * @throws KeyProblem when there is none, or one whose name does not say when it was made
 */
export async function loadPayloadKeys(dir: string): Promise<PayloadKeys> {
  const names = (await namesIn(dir)).filter((name) => PAYLOAD.test(name));
  if (names.length === 0) {
    throw new KeyProblem(
      `There is no payload key in ${dir} (payload.<time>.key). Restore it from where it came: open cases cannot continue without it. An installation that never had one makes it with "unapprove keys init", or beside older keys as docs/decisions/0007-payload-codec.md shows.`,
    );
  }
  return payloadKeysOf(
    await Promise.all(
      names.map(async (name) => {
        const keyId = PAYLOAD_ID.exec(name)?.[1];
        if (keyId === undefined) {
          throw new KeyProblem(
            `Expected a payload key to be named after its time, as in ${payloadKeyFile(payloadIdNow())}, found ${name}.`,
          );
        }
        return [keyId, createSecretKey(await secretBytes(join(dir, name), PAYLOAD_KEY_BYTES))] as const;
      }),
    ),
  );
}

/** The same key has the same name everywhere, so a row says which key signed it and no file has to. */
export const keyIdOf = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 32);

function payloadKeysOf(keys: readonly (readonly [keyId: string, key: KeyObject])[]): PayloadKeys {
  const byId = new Map([...keys].sort(([one], [other]) => (one < other ? -1 : 1)));
  return { newest: [...byId.keys()].at(-1) ?? '', byId };
}

const payloadIdNow = (): string => new Date().toISOString().replace(/[-:]|\.\d+/g, '');

const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string => key.export({ type, format: 'pem' }).toString();

const asJwk = (bytes: Buffer): Record<string, string> => {
  const jwk: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError('expected a JSON Web Key');
  return Object.fromEntries(Object.entries(jwk).filter((field): field is [string, string] => typeof field[1] === 'string'));
};

async function asKey(path: string, secrecy: Secrecy, parse: (bytes: Buffer) => KeyObject): Promise<KeyObject> {
  const bytes = await readKeyFile(path, secrecy);
  try {
    return parse(bytes);
  } catch {
    // The parser's own message could repeat what is in the file.
    throw new KeyProblem(
      `The file at ${path} is not a key we can read. Restore it from where it came, or make new keys in another folder.`,
    );
  }
}

async function secretBytes(path: string, length: number): Promise<Buffer> {
  const bytes = Buffer.from((await readKeyFile(path, 'secret')).toString('utf8').trim(), 'base64url');
  if (bytes.length !== length) throw new KeyProblem(`Expected ${length} bytes in base64url at ${path}, found ${bytes.length}.`);
  return bytes;
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    throw new KeyProblem(`There is no folder of keys at ${dir}. Make it with "unapprove keys init".`, error);
  }
}
