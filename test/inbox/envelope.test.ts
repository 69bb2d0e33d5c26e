import { createHash, createPublicKey } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Envelope, SignedEnvelope } from '../../domain/action.ts';
import { makeSigner, verifySigned } from '../../inbox/envelope.ts';
import { keyIdOf, makeKeys } from '../../inbox/keys.ts';

const keys = makeKeys();
const publicKeys = new Map([[keys.signing.keyId, createPublicKey(keys.signing.privateKey)]]);
const signer = makeSigner(keys.signing);
const envelope: Envelope = {
  version: 1,
  key: `slack:V0AB12:${'a'.repeat(64)}`,
  channel: 'slack',
  team: 'T0PRACTICE',
  person: 'U0ANA',
  act: 'report',
  values: { what: 'approved', when: 'today', about: null, wordsSha256: null },
  at: '2026-11-24T14:03:02.123Z',
  nonce: 'n'.repeat(24),
};

describe('a signed act', () => {
  it('is valid as it was signed, and names the digest of the signed bytes', () => {
    const signed = signer.sign(envelope);
    const sha256 = createHash('sha256')
      .update(canonicalize(envelope) ?? '')
      .digest('hex');
    expect(verifySigned(signed, publicKeys)).toEqual({ kind: 'valid', signed, envelope, sha256 });
  });

  it('stays valid through JSON and in any order of its fields', () => {
    const signed = signer.sign(envelope);
    const turned = Object.fromEntries(Object.entries(envelope).reverse());
    expect(verifySigned(JSON.parse(JSON.stringify({ ...signed, envelope: turned })), publicKeys).kind).toBe('valid');
  });

  it.each<[string, Partial<Envelope>]>([
    ['person', { person: 'U0BORIS' }],
    ['team', { team: 'T0OTHER' }],
    ['key', { key: `slack:V0AB12:${'b'.repeat(64)}` }],
    ['time', { at: '2026-11-24T14:03:02.124Z' }],
    ['nonce', { nonce: 'm'.repeat(24) }],
    ['what', { values: { ...envelope.values, what: 'denied-or-ignored' } }],
    ['about', { values: { ...envelope.values, about: 'U0BORIS' } }],
    ['words', { values: { ...envelope.values, wordsSha256: 'c'.repeat(64) } }],
  ])('is refused as altered when its %s is another', (_field, change) => {
    const signed = signer.sign(envelope);
    expect(verifySigned({ ...signed, envelope: { ...envelope, ...change } }, publicKeys)).toEqual({ kind: 'refused', code: 'altered' });
  });

  it('is refused when the key is none of ours, and under the name of ours', () => {
    const stranger = makeKeys();
    const theirs = makeSigner(stranger.signing).sign(envelope);
    expect(verifySigned(theirs, publicKeys)).toEqual({ kind: 'refused', code: 'unknown-key' });
    expect(verifySigned({ ...theirs, keyId: keys.signing.keyId }, publicKeys)).toEqual({ kind: 'refused', code: 'altered' });
  });

  it.each<[string, unknown, string]>([
    ['without a signature', { envelope, keyId: keys.signing.keyId }, 'unsigned'],
    ['with an empty one', { envelope, keyId: keys.signing.keyId, signature: '' }, 'unsigned'],
    ['that is bare', envelope, 'unsigned'],
    ['with a field more', { ...signer.sign(envelope), extra: 1 }, 'unreadable'],
    ['with a field more inside', { ...signer.sign(envelope), envelope: { ...envelope, admin: true } }, 'unreadable'],
    [
      'with a field more among the values',
      { ...signer.sign(envelope), envelope: { ...envelope, values: { ...envelope.values, x: 1 } } },
      'unreadable',
    ],
    ['of a later version', { ...signer.sign(envelope), envelope: { ...envelope, version: 2 } }, 'unreadable'],
    ['with an endless string', { ...signer.sign(envelope), envelope: { ...envelope, nonce: 'n'.repeat(100_000) } }, 'unreadable'],
    ['that is nothing', null, 'unreadable'],
    ['that is text', 'act', 'unreadable'],
    ['that is a list', [], 'unsigned'],
  ])('%s is refused', (_name, signed, code) => {
    expect(verifySigned(signed, publicKeys)).toEqual({ kind: 'refused', code });
  });

  it('is refused, never thrown over, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(verifySigned(anything, publicKeys).kind).toBe('refused');
      }),
    );
  });

  it('is refused when a single bit of the signature is another', () => {
    const signed = signer.sign(envelope);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), (bit) => {
        const bytes = Buffer.from(signed.signature, 'base64url');
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const turned: SignedEnvelope = { ...signed, signature: bytes.toString('base64url') };
        expect(verifySigned(turned, publicKeys)).toEqual({ kind: 'refused', code: 'altered' });
      }),
    );
  });

  it('is not made of an envelope that could never be delivered', () => {
    expect(() => signer.sign({ ...envelope, person: '<!channel>' })).toThrow();
  });
});

describe('a fingerprint', () => {
  it('is the same each time, another for another text or key, and no signature of an act', () => {
    expect(signer.fingerprint('x')).toBe(signer.fingerprint('x'));
    expect(signer.fingerprint('x')).not.toBe(signer.fingerprint('y'));
    expect(makeSigner(makeKeys().signing).fingerprint('x')).not.toBe(signer.fingerprint('x'));
    expect(signer.fingerprint('x')).not.toBe(createHash('sha256').update('x').digest('hex'));
    expect(keyIdOf(createPublicKey(keys.signing.privateKey))).toBe(signer.keyId);
  });
});
