import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyCommand } from '../../cli/verify.ts';
import { writeBundle } from '../../ledger/bundle.ts';
import { copyOf, linesOf, scratchFolder, writeLines } from '../ledger/bundles.ts';
import { openLedgerHarness, playCase } from '../ledger/ledger-harness.ts';

const { ledger } = await openLedgerHarness();
const out = await scratchFolder();
const bundle = await writeBundle(ledger, await playCase(ledger), out);

async function said(path: string, json = false): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  return { code: await verifyCommand(path, { json, print: (line) => void lines.push(line) }), lines };
}

async function broken(): Promise<string> {
  const folder = await copyOf(bundle);
  const lines = await linesOf(folder);
  await writeLines(folder, lines.with(3, (lines[3] ?? '').replace('one more', 'one MORE')));
  return folder;
}

it('says that an unchanged bundle is complete, and what it cannot know', async () => {
  const { code, lines } = await said(bundle);
  expect(code).toBe(0);
  expect(lines[0]).toBe(
    'This bundle is complete and unchanged: case 1001, 7 entries, each following from the one before, every attachment as hashed.',
  );
  expect(lines[1]).toMatch(/^Head: [0-9a-f]{64}$/);
  expect(lines[2]).toBe('The case is closed, and its last entry counts 7 entries.');
  expect(lines[3]).toContain('Compare the head');
  expect(lines[4]).toBe('unapprove did not check: mailbox-rules-and-forwarding, devices.');
});

it('says when the case was open', async () => {
  const { code, lines } = await said(await writeBundle(ledger, await playCase(ledger, { finished: false }), out));
  expect(code).toBe(0);
  expect(lines[2]).toContain('was open when the bundle was made');
});

it('names the first bad entry', async () => {
  expect(await said(await broken())).toEqual({
    code: 1,
    lines: [
      'This bundle is NOT as it was made: entry 4 is not what its hash says: it was changed.',
      'First bad entry: 4 (kind "hold.ended", key "one more").',
      '3 entries before it could be checked and are as they were hashed.',
    ],
  });
});

it('names the file when it is no entry', async () => {
  const folder = await copyOf(bundle);
  await writeFile(join(folder, 'extra'), '');
  expect(await said(folder)).toEqual({
    code: 1,
    lines: [
      'This bundle is NOT as it was made: "extra" does not belong to this bundle.',
      '7 entries could be checked and are as they were hashed.',
    ],
  });
});

it('tells a program the same in one line', async () => {
  const good = await said(bundle, true);
  expect(good.lines).toHaveLength(1);
  expect(JSON.parse(good.lines[0] ?? '')).toMatchObject({ ok: true, number: 1001, entries: 7, finished: true });
  const bad = await said(await broken(), true);
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.lines[0] ?? '')).toMatchObject({
    ok: false,
    firstBadEntry: { seq: 4, kind: 'hold.ended', key: 'one more' },
    entries: 3,
  });
});

it('exits with 2 where there is no bundle', async () => {
  const empty = join(out, 'empty');
  await mkdir(empty);
  const file = join(out, 'file');
  await writeFile(file, '');
  for (const path of [join(out, 'nothing here'), empty, file, join(file, 'below')]) {
    const { code, lines } = await said(path);
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^There is no bundle to check: /);
    expect(JSON.parse((await said(path, true)).lines[0] ?? '')).toMatchObject({ ok: false });
  }
});
