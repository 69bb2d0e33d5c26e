import { appendFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeBundle } from '../../ledger/bundle.ts';
import { MAX_BYTES } from '../../ledger/canonical.ts';
import { type Verified, verifyBundle } from '../../ledger/verify.ts';
import { copyOf, filesOf, linesOf, rechain, relist, scratchFolder, writeLines } from './bundles.ts';
import { held, openLedgerHarness, playCase } from './ledger-harness.ts';

const { ledger } = await openLedgerHarness();
const out = await scratchFolder();
const bundle = await writeBundle(ledger, await playCase(ledger), out);
const unfinished = await writeBundle(ledger, await playCase(ledger, { finished: false }), out);
const lines = await linesOf(bundle);
const line = (seq: number): string => lines[seq - 1] ?? '';

async function after(how: (folder: string) => Promise<unknown>, from = bundle): Promise<Verified> {
  const folder = await copyOf(from);
  await how(folder);
  return verifyBundle(folder);
}

const seqOf = (verified: Verified): number | undefined => (verified.ok ? undefined : verified.firstBadEntry?.seq);
const problemOf = (verified: Verified): string => (verified.ok ? 'none' : verified.problem);

it('says of a whole bundle what it holds', async () => {
  const head = (JSON.parse(line(7)) as { hash: string }).hash;
  expect(await verifyBundle(bundle)).toEqual({
    ok: true,
    case: expect.any(String),
    number: 1001,
    entries: 7,
    head,
    finished: true,
    notChecked: ['mailbox-rules-and-forwarding', 'devices'],
  });
  expect(await verifyBundle(unfinished)).toMatchObject({ ok: true, entries: 6, finished: false });
});

it('holds for a bundle under another name', async () => {
  expect(await after((folder) => rename(folder, `${folder}x`).then(() => rename(`${folder}x`, folder)))).toMatchObject({ ok: true });
});

it('sees any one changed byte in any file, and names the entry it belongs to', async () => {
  const folder = await copyOf(bundle);
  const attachments = new Map<string, number>();
  for (const [index, text] of lines.entries()) {
    for (const { sha256 } of (JSON.parse(text) as { content: { attachments: { sha256: string }[] } }).content.attachments) {
      attachments.set(`attachments/${sha256}`, index + 1);
    }
  }
  expect(attachments.size).toBe(3);
  for (const path of await filesOf(bundle)) {
    const good = await readFile(join(bundle, path));
    const stride = Math.max(1, Math.floor(good.length / 60));
    for (let at = 0; at < good.length; at += stride) {
      const changed = Buffer.from(good);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await writeFile(join(folder, path), changed);
      const verified = await verifyBundle(folder);
      const where = `${path} at ${at}`;
      expect(verified.ok, where).toBe(false);
      if (path === 'entries.jsonl') expect(seqOf(verified), where).toBe(good.subarray(0, at).toString('latin1').split('\n').length);
      if (path.startsWith('attachments/')) expect(seqOf(verified), where).toBe(attachments.get(path));
      if (path === 'policy.json' || path === 'VERIFY.md') expect(problemOf(verified)).toContain(path);
    }
    await writeFile(join(folder, path), good);
  }
  expect(await verifyBundle(folder)).toMatchObject({ ok: true });
});

describe('entries', () => {
  it('that are missing at the end are named', async () => {
    const verified = await after((folder) => writeLines(folder, lines.slice(0, -1)));
    expect(verified).toMatchObject({ ok: false, entries: 6, firstBadEntry: { seq: 7, key: null, kind: 'case.closed' } });
    expect(problemOf(verified)).toBe('entry 7 is missing: bundle.json speaks of 7 entries, entries.jsonl holds 6');
    expect(seqOf(await after((folder) => writeLines(folder, lines.slice(0, 4))))).toBe(5);
    expect(seqOf(await after((folder) => writeLines(folder, [])))).toBe(1);
    expect(seqOf(await after(async (folder) => writeLines(folder, (await linesOf(folder)).slice(0, -1)), unfinished))).toBe(6);
  });

  it('that were taken off the end are missed even when bundle.json was put right but for the end', async () => {
    const verified = await after(async (folder) => {
      await writeLines(folder, lines.slice(0, -1));
      await relist(folder, { entries: 6, head: (JSON.parse(line(6)) as { hash: string }).hash });
    });
    expect(verified).toMatchObject({ ok: false, firstBadEntry: { seq: 7, kind: 'case.closed' } });
  });

  it.each([
    ['swapped', [1, 2, 4, 3, 5, 6, 7], 3],
    ['swapped from afar', [1, 6, 3, 4, 5, 2, 7], 2],
    ['taken out of the middle', [1, 2, 4, 5, 6, 7], 3],
    ['taken off the beginning', [2, 3, 4, 5, 6, 7], 1],
    ['told twice', [1, 2, 2, 3, 4, 5, 6, 7], 3],
    ['told after the end', [1, 2, 3, 4, 5, 6, 7, 7], 8],
  ])('that were %s are named', async (_, order, first) => {
    expect(seqOf(await after((folder) => writeLines(folder, order.map(line))))).toBe(first);
  });

  it('of another case are named', async () => {
    const [foreign] = await linesOf(unfinished);
    expect(seqOf(await after((folder) => writeLines(folder, lines.with(0, foreign ?? ''))))).toBe(2);
  });

  it('that were taken out of the middle are missed by the last one, even in a chain made anew', async () => {
    const verified = await after((folder) =>
      rechain(folder, (all) => all.toSpliced(3, 1).map((one, index) => ({ ...one, seq: index + 1 }))).then(() => relist(folder)),
    );
    expect(verified).toMatchObject({ ok: false, firstBadEntry: { seq: 6, kind: 'case.closed' } });
    expect(problemOf(verified)).toContain('counts 7 entries, and it is number 6');
  });

  it('that repeat a key, or a time that goes backwards, are named even in a chain made anew', async () => {
    const key = await after((folder) =>
      rechain(folder, (all) => all.map((one) => (one.seq === 4 ? { ...one, content: { ...one.content, key: 'case/opened' } } : one))),
    );
    expect(key).toMatchObject({ firstBadEntry: { seq: 4, key: 'case/opened' }, problem: 'entry 4 has the key of an earlier entry' });
    const time = await after((folder) => rechain(folder, (all) => all.map((one) => (one.seq === 5 ? { ...one, storedAt: 0 } : one))));
    expect(time).toMatchObject({ firstBadEntry: { seq: 5 }, problem: 'entry 5 was stored before the entry before it' });
    const other = await after((folder) =>
      rechain(folder, (all) =>
        all.map((one) => (one.seq === 6 ? { ...one, content: { ...one.content, case: '7c1e62a4-0c5b-4f0e-9d3a-3a5f1d9c2b11' } } : one)),
      ),
    );
    expect(other).toMatchObject({ firstBadEntry: { seq: 6 }, problem: 'entry 6 belongs to another case' });
  });

  it('that skip a number, or follow from something else, are named though every hash holds', async () => {
    const skipped = await after((folder) => rechain(folder, (all) => all.map((one) => (one.seq < 4 ? one : { ...one, seq: one.seq + 1 }))));
    expect(skipped).toMatchObject({ entries: 3, firstBadEntry: { seq: 4 } });
    expect(problemOf(skipped)).toContain('entry 4 says that it is entry 5');
    for (const broken of [1, 5]) {
      const verified = await after((folder) =>
        rechain(
          folder,
          (all) => all,
          (seq, prev) => (seq === broken ? 'ab'.repeat(32) : prev),
        ),
      );
      expect(verified).toMatchObject({ entries: broken - 1, problem: `entry ${broken} does not follow from the entry before it` });
    }
  });

  it('after the end are named even in a chain made anew', async () => {
    const verified = await after((folder) =>
      rechain(folder, (all) => [
        ...all,
        { ...(all[5] ?? fail()), seq: 8, storedAt: all[6]?.storedAt ?? 0, content: { ...(all[5] ?? fail()).content, key: 'x' } },
      ]),
    );
    expect(verified).toMatchObject({ firstBadEntry: { seq: 8, key: 'x' }, problem: 'entry 8 comes after case.closed, which is the end' });
  });

  it('that nobody opened are no case', async () => {
    const verified = await after((folder) =>
      rechain(folder, (all) => all.map((one) => (one.seq === 1 ? { ...one, content: { ...one.content, kind: 'hold.ended' } } : one))).then(
        () => relist(folder),
      ),
    );
    expect(problemOf(verified)).toContain('the case was never opened');
  });
});

const fail = (): never => {
  throw new Error('expected an entry');
};

describe('files', () => {
  const attachment = async (folder: string): Promise<string> =>
    join(folder, (await filesOf(folder)).find((path) => path.startsWith('attachments/')) ?? '');

  it.each(['entries.jsonl', 'policy.json', 'VERIFY.md', 'bundle.json'])('%s is missed', async (name) => {
    const verified = await after((folder) => rm(join(folder, name)));
    expect(problemOf(verified)).toContain(`${name} is missing`);
  });

  it("an attachment that is missing, longer or somebody else's is named with its entry", async () => {
    for (const how of [rm, (path: string) => appendFile(path, 'x'), (path: string) => truncate(path, 10)]) {
      const verified = await after(async (folder) => how(await attachment(folder)));
      expect([2, 3, 5]).toContain(seqOf(verified));
    }
    expect(problemOf(await after((folder) => rm(join(folder, 'attachments'), { recursive: true })))).toBe(
      'the folder attachments is missing',
    );
  });

  it('an added file is named, wherever it lies and whether listed or not', async () => {
    for (const name of ['extra.txt', '.hidden', 'attachments/extra', `attachments/${'0'.repeat(64)}`]) {
      const added = (folder: string): Promise<void> => writeFile(join(folder, name), '');
      expect(problemOf(await after(added))).toContain(JSON.stringify(name));
      expect(problemOf(await after((folder) => added(folder).then(() => relist(folder))))).toContain(JSON.stringify(name));
    }
    expect(problemOf(await after((folder) => mkdir(join(folder, 'more'))))).toContain('"more"');
    expect(problemOf(await after((folder) => mkdir(join(folder, 'attachments', 'more'))))).toContain('"attachments/more"');
  });

  it('a link is refused, even to the very file', async () => {
    const linked = (name: string) => async (folder: string) => {
      await rename(join(folder, name), `${folder}-aside`);
      await symlink(`${folder}-aside`, join(folder, name));
    };
    for (const name of ['entries.jsonl', 'policy.json', 'VERIFY.md', 'bundle.json']) {
      expect(problemOf(await after(linked(name)))).toBe(`${name} is a link; a bundle holds the files themselves`);
    }
    expect(problemOf(await after(linked('attachments')))).toBe('attachments is not a folder');
    const first = (await filesOf(bundle)).find((path) => path.startsWith('attachments/'));
    expect(problemOf(await after(linked(first ?? '')))).toContain('is a link');
  });

  it('VERIFY.md and policy.json are known to be changed even when bundle.json was put right', async () => {
    for (const name of ['VERIFY.md', 'policy.json']) {
      const verified = await after(async (folder) => {
        const text = await readFile(join(folder, name), 'utf8');
        await writeFile(join(folder, name), text.replace('1', '2'));
        await relist(folder);
      });
      expect(problemOf(verified)).toContain(`${name} is not what the entries of this case make it`);
    }
  });

  it('bundle.json is known to be changed in every field', async () => {
    for (const facts of [{ number: 7 }, { finished: false }, { head: '0'.repeat(64) }, { entries: 6 }]) {
      expect(problemOf(await after((folder) => relist(folder, facts)))).toContain(
        'bundle.json is not what the files of this bundle make it',
      );
    }
    expect(seqOf(await after((folder) => relist(folder, { entries: 9 })))).toBe(8);
    expect(seqOf(await after((folder) => relist(folder, { finished: true }), unfinished))).toBe(7);
    expect(problemOf(await after((folder) => appendFile(join(folder, 'bundle.json'), '\n')))).toContain('bundle.json');
    expect(problemOf(await after((folder) => writeFile(join(folder, 'bundle.json'), '{')))).toContain('bundle.json is not JSON');
  });
});

describe('hostile input gets a sentence', () => {
  const swapLine = (seq: number, text: string | Buffer) => async (folder: string) => {
    const parts = lines.map((good, index) => (index === seq - 1 ? Buffer.from(text) : Buffer.from(good)));
    await writeFile(join(folder, 'entries.jsonl'), Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')])));
  };

  it.each([
    ['no JSON', 'nonsense'],
    ['an empty line', ''],
    ['null', 'null'],
    ['a number', '1e999'],
    ['a list', '[]'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['a byte order mark', `\ufeff${line(2)}`],
    ['spaces', line(2).replace(',"hash"', ', "hash"')],
    ['a field twice', line(2).replace('"seq":2', '"seq":2,"seq":2')],
    ['a field too many', line(2).replace('"seq":2', '"more":1,"seq":2')],
    ['__proto__', line(2).replace('{"content":{', '{"__proto__":{"seq":2},"content":{"__proto__":{},')],
    ['a negative number', line(2).replace('"seq":2', '"seq":-2')],
    ['half a number', line(2).replace('"seq":2', '"seq":2.5')],
    ['a number too large', line(2).replace(/"storedAt":\d+/, '"storedAt":99999999999999999999')],
    ['half a surrogate pair', line(2).replace('"actor":"worker"', '"actor":"\\ud800"')],
    ['an escape that need not be', line(2).replace('"actor":"worker"', '"actor":"\\u0077orker"')],
    ['other capitals in a hash', line(2).replace(/"hash":"[0-9a-f]*"/, (hash) => hash.toUpperCase().replace('HASH', 'hash'))],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['a hundred thousand levels', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a body of a thousand levels', line(2).replace('"body":{', `"body":{"a":${'['.repeat(1000)}${']'.repeat(1000)},`)],
    ['a line longer than any entry', `"${'x'.repeat(MAX_BYTES * 2)}"`],
  ])('for %s', async (_, text) => {
    const verified = await after(swapLine(2, text));
    expect(verified).toMatchObject({ ok: false, entries: 1, firstBadEntry: { seq: 2 } });
    expect(problemOf(verified)).toMatch(/^(line|entry) 2 /);
    expect(problemOf(verified)).not.toMatch(/\n|Error|at .*\.ts/);
  });

  it('for a file without an end', async () => {
    expect(problemOf(await after((folder) => writeFile(join(folder, 'entries.jsonl'), 'x'.repeat(MAX_BYTES * 3))))).toContain(
      'is longer than',
    );
    expect(problemOf(await after((folder) => truncate(join(folder, 'entries.jsonl'), 100)))).toBe('line 1 of entries.jsonl has no end');
  });

  it('for folders in the place of files', async () => {
    for (const name of ['entries.jsonl', 'policy.json', 'VERIFY.md', 'bundle.json']) {
      const verified = await after((folder) => rm(join(folder, name)).then(() => mkdir(join(folder, name))));
      expect(problemOf(verified)).toBe(`${name} is not an ordinary file`);
    }
  });

  it('for names a terminal would obey', async () => {
    const verified = await after((folder) => writeFile(join(folder, '\u001b[2Jgone\u202e'), ''));
    expect(problemOf(verified)).toBe('"\\u001b[2Jgone\\u{202e}" does not belong to this bundle');
  });
});

it('verifies a bundle of a thousand entries and an attachment of many pieces', async () => {
  const id = await playCase(ledger, { finished: false });
  for (let batch = 0; batch < 10; batch += 1) {
    await ledger.append(
      Array.from({ length: 100 }, (_, n) => ({
        chain: id,
        key: `${batch}/${n}`,
        actor: 'worker',
        event: held('x'.repeat(500)),
      })),
    );
  }
  const large = new Uint8Array(24 * 1024 * 1024).map((_, at) => (at * 2654435761) >>> 13);
  await ledger.append([
    {
      chain: id,
      key: 'large',
      actor: 'worker',
      event: held('x'),
      attachments: [{ name: 'large', content: large }],
    },
  ]);
  const path = await writeBundle(ledger, id, out);
  expect(await verifyBundle(path)).toMatchObject({ ok: true, entries: 1007 });
});
