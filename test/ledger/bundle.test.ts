import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { CaseId } from '../../domain/ids.ts';
import { writeBundle } from '../../ledger/bundle.ts';
import { verifyBundle } from '../../ledger/verify.ts';
import { verifyPage } from '../../ledger/verify-page.ts';
import { copyOf, filesOf, linesOf, scratchFolder, writeLines } from './bundles.ts';
import { draft, newCase, openLedgerHarness, playCase } from './ledger-harness.ts';

const { ledger, owner } = await openLedgerHarness();
const out = await scratchFolder();
const id = await playCase(ledger);
const bundle = await writeBundle(ledger, id, out);

it('is named after the case and its head, and holds what it says', async () => {
  const entries = await ledger.entries(id);
  const head = entries.at(-1)?.hash ?? '';
  expect(bundle).toBe(join(out, `case-1001-${head.slice(0, 12)}`));
  const manifest: { files: { path: string; sha256: string; bytes: number }[] } = JSON.parse(
    await readFile(join(bundle, 'bundle.json'), 'utf8'),
  );
  expect(manifest).toMatchObject({ format: 'unapprove-bundle', version: 1, case: id, number: 1001, head, entries: 7, finished: true });
  expect([...manifest.files.map((file) => file.path), 'bundle.json'].sort()).toEqual(await filesOf(bundle));
  for (const { path, sha256, bytes } of manifest.files) {
    const content = await readFile(join(bundle, path));
    expect({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }).toEqual({ path, bytes, sha256 });
  }
});

it('is the same bytes each time, for the same case and head', async () => {
  const again = await writeBundle(ledger, id, await scratchFolder());
  expect(await filesOf(again)).toEqual(await filesOf(bundle));
  for (const path of await filesOf(bundle)) {
    expect((await readFile(join(again, path))).equals(await readFile(join(bundle, path)))).toBe(true);
  }
  expect(await writeBundle(ledger, id, out)).toBe(bundle);
});

it('may be written by ten at once', async () => {
  const folder = await scratchFolder();
  const paths = await Promise.all(Array.from({ length: 10 }, () => writeBundle(ledger, id, folder)));
  expect(new Set(paths).size).toBe(1);
  expect(await readdir(folder)).toHaveLength(1);
  expect(await verifyBundle(paths[0] ?? '')).toMatchObject({ ok: true });
});

it('is another one when the case has gone on', async () => {
  const open = await playCase(ledger, { finished: false });
  const before = await writeBundle(ledger, open, out);
  await ledger.append([draft(open, 'later')]);
  const after = await writeBundle(ledger, open, out);
  expect(after).not.toBe(before);
  expect(await verifyBundle(before)).toMatchObject({ ok: true, finished: false, entries: 6 });
  expect(await verifyBundle(after)).toMatchObject({ ok: true, finished: false, entries: 7 });
});

it('does not write over something else that lies in its place', async () => {
  const folder = await scratchFolder();
  const place = join(folder, bundle.slice(out.length + 1));
  await mkdir(place);
  await writeFile(join(place, 'bundle.json'), 'something else');
  await expect(writeBundle(ledger, id, folder)).rejects.toThrow(/move it away first/);
  expect(await readFile(join(place, 'bundle.json'), 'utf8')).toBe('something else');
  expect(await readdir(folder)).toHaveLength(1);

  const other = await scratchFolder();
  await writeFile(join(other, bundle.slice(out.length + 1)), 'a file');
  await expect(writeBundle(ledger, id, other)).rejects.toThrow(/move it away first/);
});

it('leaves nothing behind when it cannot be written', async () => {
  const folder = await scratchFolder();
  const failing = { entries: (chain: CaseId) => ledger.entries(chain), sealed: () => Promise.reject(new Error('the disk is full')) };
  await expect(writeBundle(failing, id, folder)).rejects.toThrow(/disk is full/);
  expect(await readdir(folder)).toEqual([]);
});

it('is refused for a case that was never opened', async () => {
  await expect(writeBundle(ledger, newCase(), out)).rejects.toThrow(/found none/);
});

it('shows what an owner of the database changed behind the triggers', async () => {
  const changed = await playCase(ledger);
  await owner.query('ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only');
  await owner.query(
    "UPDATE ledger_entry SET content = convert_to(replace(convert_from(content, 'UTF8'), 'one more', 'one MORE'), 'UTF8') WHERE chain = $1 AND seq = 4",
    [changed],
  );
  await owner.query('ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_append_only');
  const shown = await verifyBundle(await writeBundle(ledger, changed, out));
  expect(shown).toMatchObject({ ok: false, firstBadEntry: { seq: 4, key: 'one MORE' }, entries: 3 });
});

it('holds only ciphertext of what people said', async () => {
  for (const path of await filesOf(bundle)) expect((await readFile(join(bundle, path))).includes('gedrückt')).toBe(false);
});

it('still verifies when the case is erased, and when it is bundled after that', async () => {
  const erased = await playCase(ledger);
  const before = await writeBundle(ledger, erased, out);
  await ledger.eraseCase(erased);
  expect(await verifyBundle(before)).toMatchObject({ ok: true });
  expect(await writeBundle(ledger, erased, out)).toBe(before);
  await expect(ledger.attachment(erased, 2, 'words')).rejects.toThrow(expect.objectContaining({ code: 'KEY_DESTROYED' }));
});

describe('VERIFY.md', () => {
  const run = promisify(execFile);
  const commands = async (folder: string): Promise<string[]> => {
    const page = await readFile(join(folder, 'VERIFY.md'), 'utf8');
    return [...page.matchAll(/```bash\n(.*?)```/gs)].map((block) => block[1] ?? '');
  };
  const inFolder = async (folder: string, index: number): Promise<{ code: number; out: string }> => {
    const script = (await commands(bundle))[index] ?? 'exit 99';
    return run('bash', ['-c', script], { cwd: folder }).then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout + error.stderr }),
    );
  };
  const [FILES, CHAIN, BY_HAND] = [0, 1, 2];

  it('names what was not checked, by the codes of the last entry', async () => {
    const page = await readFile(join(bundle, 'VERIFY.md'), 'utf8');
    expect(page).toContain('unapprove did not check the following.');
    expect(page).toContain('- mailbox-rules-and-forwarding\n- devices\n');
    const open = await writeBundle(ledger, await playCase(ledger, { finished: false }), out);
    expect(await readFile(join(open, 'VERIFY.md'), 'utf8')).not.toContain('did not check');
  });

  it('tells commands that work as they stand', async () => {
    expect(await commands(bundle)).toHaveLength(3);
    expect(await inFolder(bundle, FILES)).toEqual({ code: 0, out: 'files: good\n' });
    const entries = await ledger.entries(id);
    expect(await inFolder(bundle, CHAIN)).toEqual({ code: 0, out: `chain: good, 7 entries, head ${entries.at(-1)?.hash}\n` });
    expect(await inFolder(bundle, BY_HAND)).toEqual({ code: 0, out: `${entries[0]?.hash}\n${entries[0]?.hash}\n` });
  });

  it('tells the same by hand for every entry', async () => {
    const byHand = (await commands(bundle))[BY_HAND] ?? '';
    for (const { seq, hash } of await ledger.entries(id)) {
      const { stdout } = await run('bash', ['-c', byHand.replace('n=1', `n=${seq}`)], { cwd: bundle });
      expect(stdout).toBe(`${hash}\n${hash}\n`);
    }
  });

  it('tells commands that find a changed byte, a removed end, swapped entries and an added file', async () => {
    const broken = async (how: (folder: string) => Promise<void>): Promise<{ files: number; chain: { code: number; out: string } }> => {
      const folder = await copyOf(bundle);
      await how(folder);
      const found = { files: (await inFolder(folder, FILES)).code, chain: await inFolder(folder, CHAIN) };
      return found;
    };
    const lines = await linesOf(bundle);

    const changed = await broken((folder) => writeLines(folder, lines.with(3, (lines[3] ?? '').replace('one more', 'one MORE'))));
    expect(changed).toMatchObject({ files: 1, chain: { code: 1, out: 'first bad entry: 4 (one more): hash\n' } });

    const cut = await broken((folder) => writeLines(folder, lines.slice(0, -1)));
    expect(cut).toMatchObject({ files: 1, chain: { code: 1, out: 'entries are missing after 6\n' } });

    const swapped = await broken((folder) => writeLines(folder, lines.with(3, lines[5] ?? '').with(5, lines[3] ?? '')));
    expect(swapped.chain.out).toMatch(/^first bad entry: 4 .*out of order/);

    expect(await broken((folder) => writeFile(join(folder, 'extra'), ''))).toMatchObject({ files: 1, chain: { code: 0 } });

    const attachment = (await filesOf(bundle)).find((path) => path.startsWith('attachments/')) ?? '';
    const without = await broken(async (folder) => {
      await chmod(join(folder, attachment), 0o600);
      await writeFile(join(folder, attachment), 'other');
    });
    expect(without).toMatchObject({ files: 1, chain: { code: 1 } });
  });

  it('is never worded anew: bundles that carry it must still verify. Another wording is another version', () => {
    const page = (finished: boolean, ...notChecked: string[]): string =>
      createHash('sha256')
        .update(verifyPage({ case: 'c', number: 1, head: 'h', entries: 1, finished, notChecked }))
        .digest('hex');
    expect([page(true), page(false), page(true, 'devices')]).toEqual([
      'cb8b877c015f2c0d9b5a1be2721c9c33ac91fe28cf8b73492ea4ddc15f31c699',
      'a793f68178576937f1551af60a983c567f31527cfe0aa37195468eb3e8f90494',
      '110a3e20e2446f2573767b8fdd0c23f5bd388e957ca050dd710b9a264f8694e3',
    ]);
  });
});
