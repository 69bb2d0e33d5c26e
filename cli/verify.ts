// `unapprove verify BUNDLE`: for an auditor who does not trust us. It reads only
// the given folder: no configuration, database or network.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from '../ledger/bundle-error.ts';
import { ENTRIES, MANIFEST } from '../ledger/bundle-format.ts';
import { type Verified, verifyBundle } from '../ledger/verify.ts';

/** 0: whole. 1: something is wrong with it. 2: there is no bundle. */
export type VerifyExit = 0 | 1 | 2;

export interface VerifyOptions {
  /** One JSON object instead of sentences. */
  readonly json: boolean;
  /** Where the lines go; standard output unless told. */
  readonly print?: (line: string) => void;
}

/** Checks a bundle and says what it found. @returns the exit code */
export async function verifyCommand(path: string, { json, print = printed }: VerifyOptions): Promise<VerifyExit> {
  const found = await findBundle(path);
  if (found !== null) {
    print(json ? JSON.stringify({ ok: false, problem: found, entries: 0 }) : `There is no bundle to check: ${found}.`);
    return 2;
  }
  const verified = await verifyBundle(path);
  for (const line of json ? [JSON.stringify(verified)] : sentences(verified)) print(line);
  return verified.ok ? 0 : 1;
}

const printed = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns why this is no bundle at all, or null */
async function findBundle(path: string): Promise<string | null> {
  const kind = async (file: string): Promise<'folder' | 'other' | 'nothing'> =>
    stat(file).then(
      (stats) => (stats.isDirectory() ? 'folder' : 'other'),
      () => 'nothing',
    );
  const holds = async (name: string): Promise<boolean> => (await kind(join(path, name))) !== 'nothing';
  const what = await kind(path);
  if (what === 'nothing') return `${quoted(path)} does not exist or cannot be read`;
  if (what === 'other') return `${quoted(path)} is not a folder; a bundle is the folder that holds ${MANIFEST}`;
  return (await holds(MANIFEST)) || (await holds(ENTRIES)) ? null : `${quoted(path)} holds neither ${MANIFEST} nor ${ENTRIES}`;
}

function sentences(verified: Verified): string[] {
  if (!verified.ok) {
    const { problem, firstBadEntry, entries } = verified;
    return [
      `This bundle is NOT as it was made: ${problem}.`,
      ...(firstBadEntry === undefined ? [] : [`First bad entry: ${nameOf(firstBadEntry)}.`]),
      entries === 0
        ? 'Nothing before it could be checked.'
        : `${count(entries)}${firstBadEntry === undefined ? '' : ' before it'} could be checked and ${entries === 1 ? 'is as it was' : 'are as they were'} hashed.`,
    ];
  }
  const { number, entries, head, finished, notChecked } = verified;
  return [
    `This bundle is complete and unchanged: case ${number}, ${count(entries)}, each following from the one before, every attachment as hashed.`,
    `Head: ${head}`,
    finished
      ? `The case is closed, and its last entry counts ${count(entries)}.`
      : 'The case was open when the bundle was made: a later bundle may hold more entries.',
    'A bundle cannot show that this is the chain the company keeps. Compare the head with one that you received in another way.',
    ...(notChecked.length === 0 ? [] : [`unapprove did not check: ${notChecked.join(', ')}.`]),
  ];
}

const count = (entries: number): string => (entries === 1 ? '1 entry' : `${entries === 0 ? 'No' : entries} entries`);

function nameOf({ seq, key, kind }: NonNullable<Extract<Verified, { ok: false }>['firstBadEntry']>): string {
  const said = [kind === null ? null : `kind ${quoted(kind)}`, key === null ? null : `key ${quoted(key)}`].filter((part) => part !== null);
  return said.length === 0 ? `${seq}` : `${seq} (${said.join(', ')})`;
}
