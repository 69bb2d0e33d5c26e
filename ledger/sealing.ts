// Keeps what people said and what Microsoft answered from everybody who does
// not hold the key of the case. The ledger hashes the ciphertext, so destroying
// one key of 32 bytes erases a person and breaks no chain.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { RunbookError } from '../domain/errors.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;
export const KEY_BYTES = 32;
const FORMAT = 1;
/** An answer that unpacks to more than this was not written by us. */
const MOST_UNPACKED = 512 * 1024 * 1024;

/** Where a raw answer came from, sealed together with it. */
export interface About {
  readonly url: string;
  readonly requestId: string;
  /** The other side's Date header, as ISO. */
  readonly date: string;
}

/** What an attachment says once it is opened. */
export interface Opened {
  /** The JSON value, or the bytes, that were sealed. */
  readonly content: unknown;
  readonly about: About | null;
}

export interface SealedPlace {
  readonly chain: string;
  readonly name: string;
}

const HEADER = z.strictObject({
  as: z.enum(['json', 'bytes']),
  about: z.strictObject({ url: z.string(), requestId: z.string(), date: z.string() }).nullable(),
});

/**
 * Seals one attachment under the key of its chain: a byte 0x01, the nonce, the
 * ciphertext, the tag. Inside, gzipped: one line of JSON about the content, then
 * the content. Bound to chain and name, so it opens at no other place.
 */
export async function seal(
  key: Uint8Array,
  place: SealedPlace,
  { content, about }: { readonly content: unknown; readonly about?: About },
): Promise<Buffer> {
  const raw = content instanceof Uint8Array;
  const header = JSON.stringify({ as: raw ? 'bytes' : 'json', about: about ?? null });
  const body = raw ? Buffer.from(content) : Buffer.from(asJson(content, place.name), 'utf8');
  const plain = await zip(Buffer.concat([Buffer.from(`${header}\n`, 'utf8'), body]));
  return Buffer.concat([Buffer.of(FORMAT), encrypt(key, aadOf(place), plain)]);
}

function asJson(content: unknown, name: string): string {
  // JSON.stringify is typed as if it always gave a string; for undefined it does not.
  const text: string | undefined = JSON.stringify(content);
  if (text === undefined) throw new RunbookError('LEDGER_REFUSED', `expected something to keep as attachment ${name}, got nothing`);
  return text;
}

/** @throws RunbookError KEY_DESTROYED when this key does not open it */
export async function open(key: Uint8Array, place: SealedPlace, sealed: Uint8Array): Promise<Opened> {
  const bytes = Buffer.from(sealed);
  if (bytes[0] !== FORMAT)
    throw new RunbookError('LEDGER_REFUSED', `expected a sealed attachment of form ${FORMAT}, got form ${String(bytes[0])}`);
  const plain = await unzip(decrypt(key, aadOf(place), bytes.subarray(1)), { maxOutputLength: MOST_UNPACKED });
  const end = plain.indexOf(0x0a);
  const { as, about } = HEADER.parse(JSON.parse(plain.subarray(0, end).toString('utf8')));
  const body = plain.subarray(end + 1);
  return { about, content: as === 'bytes' ? new Uint8Array(body) : JSON.parse(body.toString('utf8')) };
}

/** A fresh key for a chain, and the same key wrapped by the master key for keeping. */
export function makeChainKey(masterKey: Uint8Array, chain: string): { readonly key: Buffer; readonly wrapped: Buffer } {
  const key = randomBytes(KEY_BYTES);
  return { key, wrapped: encrypt(masterKey, wrapAad(chain), key) };
}

/** @throws RunbookError LEDGER_REFUSED when another master key wrapped it */
export const unwrapChainKey = (masterKey: Uint8Array, chain: string, wrapped: Uint8Array): Buffer =>
  decrypt(masterKey, wrapAad(chain), Buffer.from(wrapped));

const aadOf = ({ chain, name }: SealedPlace): Buffer => Buffer.from(`${chain}\0${name}`, 'utf8');
const wrapAad = (chain: string): Buffer => Buffer.from(`case-key\0${chain}`, 'utf8');

function encrypt(key: Uint8Array, aad: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, aad: Buffer, sealed: Buffer): Buffer {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE), { authTagLength: TAG }).setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
  } catch (error) {
    throw new RunbookError('LEDGER_REFUSED', 'expected a ciphertext of this key and place, got one that does not open', { cause: error });
  }
}
