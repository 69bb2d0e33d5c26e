import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSigner, verifySigned } from '../../inbox/envelope.ts';
import {
  initKeys,
  KEY_FILES,
  KeyProblem,
  loadMasterKey,
  loadPayloadKeys,
  loadPublicKeys,
  loadSealingPrivateKey,
  loadSealingPublicKey,
  loadSigningKey,
  makeKeys,
  payloadKeyFile,
} from '../../inbox/keys.ts';
import { openSealedText, type ReportText, sealDigest, sealText } from '../../inbox/sealed-text.ts';

let dir: string;
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'unapprove-keys-')), 'keys');
});
afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

const words: ReportText = { contacted: 'a call from "IT" 📞', more: null, reach: '+44 20 7946 0000' };

describe('the keys', () => {
  it('are written once, each readable by its owner only, and fit together', async () => {
    const { keyId } = await initKeys(dir);
    for (const name of await readdir(dir)) expect(((await stat(join(dir, name))).mode & 0o777).toString(8)).toBe('600');
    const payloadKeys = await loadPayloadKeys(dir);
    expect((await readdir(dir)).sort()).toEqual([...Object.values(KEY_FILES), payloadKeyFile(payloadKeys.newest)].sort());
    expect([...payloadKeys.byId].map(([id, key]) => [id, key.symmetricKeySize])).toEqual([[payloadKeys.newest, 32]]);

    const signing = await loadSigningKey(dir);
    expect(signing.keyId).toBe(keyId);
    const signed = makeSigner(signing).sign({
      version: 1,
      key: `slack:V1A:${'0'.repeat(64)}`,
      channel: 'slack',
      team: 'T0A',
      person: 'U0A',
      act: 'report',
      values: { what: 'not-sure', when: 'not-sure', about: null, wordsSha256: null },
      at: new Date().toISOString(),
      nonce: 'x'.repeat(24),
    });
    expect(verifySigned(signed, await loadPublicKeys(dir)).kind).toBe('valid');
    const sealed = await sealText(words, await loadSealingPublicKey(dir));
    await expect(openSealedText(sealed.jwe, await loadSealingPrivateKey(dir))).resolves.toEqual(words);
    expect(await loadMasterKey(dir)).toHaveLength(32);
  });

  it('are never written over, and a second try leaves every file as it was', async () => {
    await initKeys(dir);
    const before = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')));
    await expect(initKeys(dir)).rejects.toBeInstanceOf(KeyProblem);
    expect(await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')))).toEqual(before);
  });

  it('leave nothing behind when one of the files is there already', async () => {
    await initKeys(dir);
    for (const name of await readdir(dir)) if (name !== KEY_FILES.master) await rm(join(dir, name));
    await expect(initKeys(dir)).rejects.toBeInstanceOf(KeyProblem);
    expect(await readdir(dir)).toEqual([KEY_FILES.master]);
  });

  it('are refused when others may read a secret one; a public one may be read', async () => {
    await initKeys(dir);
    await chmod(join(dir, KEY_FILES.signing), 0o640);
    await chmod(join(dir, KEY_FILES.signingPublic), 0o644);
    await expect(loadSigningKey(dir)).rejects.toThrow('can be read by others (mode 640)');
    await expect(loadPublicKeys(dir)).resolves.toHaveProperty('size', 1);
    await chmod(join(dir, KEY_FILES.signingPublic), 0o666);
    await expect(loadPublicKeys(dir)).rejects.toThrow('can be changed by others');
  });

  it('are missed in words that say what to do', async () => {
    await expect(loadSigningKey(dir)).rejects.toThrow('unapprove keys init');
    await expect(loadPublicKeys(dir)).rejects.toThrow('unapprove keys init');
    await expect(loadPayloadKeys(dir)).rejects.toThrow('There is no folder of keys');
    await initKeys(dir);
    await rm(join(dir, payloadKeyFile((await loadPayloadKeys(dir)).newest)));
    await expect(loadPayloadKeys(dir)).rejects.toThrow('There is no payload key');
  });

  it.each([
    [KEY_FILES.signing, loadSigningKey],
    [KEY_FILES.sealing, loadSealingPrivateKey],
    [KEY_FILES.sealingPublic, loadSealingPublicKey],
    [KEY_FILES.master, loadMasterKey],
  ])('%s: a file that is no key is refused, and what is in it is never repeated', async (name, load) => {
    await initKeys(dir);
    await writeFile(join(dir, name), 'hunter2-hunter2');
    const problem = await load(dir).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(KeyProblem);
    expect(`${String(problem)} ${String((problem as KeyProblem).cause)}`).not.toContain('hunter2');
  });
});

describe('the payload keys', () => {
  const add = (name: string, content = randomBytes(32).toString('base64'), mode = 0o600): Promise<void> =>
    writeFile(join(dir, name), content, { mode });

  it('are changed by adding a file: the newest name closes, every one opens', async () => {
    await initKeys(dir);
    const { newest: first } = await loadPayloadKeys(dir);
    await add(payloadKeyFile('20990101T000000Z'));
    await add(payloadKeyFile('20200101T000000Z'));
    const { newest, byId } = await loadPayloadKeys(dir);
    expect(newest).toBe('20990101T000000Z');
    expect([...byId.keys()]).toEqual(['20200101T000000Z', first, '20990101T000000Z']);
  });

  it.each([
    ['payload.new.key', randomBytes(32).toString('base64'), 0o600, 'named after its time'],
    ['payload.20990101T000000Z.key', 'hunter2-hunter2', 0o600, 'Expected 32 bytes'],
    ['payload.20990101T000000Z.key', randomBytes(32).toString('base64'), 0o644, 'can be read by others'],
  ])('%s: one that is not as it must be is refused, and not passed over', async (name, content, mode, words) => {
    await initKeys(dir);
    await add(name, content, mode);
    const problem = await loadPayloadKeys(dir).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(KeyProblem);
    expect(String(problem)).toContain(words);
    expect(String(problem)).not.toContain('hunter2');
  });
});

describe('sealed words', () => {
  const { sealing } = makeKeys();

  it('open for the worker only, and are other bytes each time', async () => {
    const [one, two] = await Promise.all([sealText(words, sealing.publicKey), sealText(words, sealing.publicKey)]);
    expect(one.jwe).not.toBe(two.jwe);
    expect(one.sha256).toBe(sealDigest(one.jwe));
    await expect(openSealedText(one.jwe, sealing.privateKey)).resolves.toEqual(words);
    await expect(openSealedText(one.jwe, makeKeys().sealing.privateKey)).rejects.toThrow();
  });

  it('do not open when they were changed, are too long, or are no words', async () => {
    const { jwe } = await sealText(words, sealing.publicKey);
    const middle = Math.floor(jwe.length * 0.8);
    await expect(
      openSealedText(`${jwe.slice(0, middle)}${jwe[middle] === 'A' ? 'B' : 'A'}${jwe.slice(middle + 1)}`, sealing.privateKey),
    ).rejects.toThrow();
    await expect(openSealedText('x'.repeat(500_000), sealing.privateKey)).rejects.toThrow('at most');
    await expect(sealText({ ...words, more: 'x'.repeat(2001) }, sealing.publicKey)).rejects.toThrow();
  });

  it('hold the longest words in the widest letters', async () => {
    const longest: ReportText = { contacted: '漢'.repeat(1000), more: '漢'.repeat(2000), reach: '漢'.repeat(200) };
    const { jwe } = await sealText(longest, sealing.publicKey);
    await expect(openSealedText(jwe, sealing.privateKey)).resolves.toEqual(longest);
  });
});
