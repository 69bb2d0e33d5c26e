// Reads a personnel file as people's programs write it: with or without a byte
// order mark, in UTF-8 or UTF-16, and with ids in capitals.
import { z } from 'zod';
import { PERSON, type Person } from '../activities/people/repositories.ts';
import { CommandProblem } from './command-problem.ts';

/** More would scroll away the first. */
const MOST_PROBLEMS = 20;
const MOST_PEOPLE = 200_000;

const FILE = z.array(z.preprocess(withPlainIds, PERSON)).min(1).max(MOST_PEOPLE);

/** What is expected of a field, as a sentence; the library's message names a pattern. */
const EXPECTED: Readonly<Record<string, string>> = {
  slackTeam: 'a workspace id such as T0123ABCD',
  slackUser: 'a member id such as U0123ABCD',
  objectId: 'an object id such as 3f2a9c10-5b7e-4d21-8a64-0c9e1f7b2d35',
  name: 'a name of at most 200 characters',
  phone: 'a phone number of at most 40 characters, or null',
};

/** @throws CommandProblem with a sentence for each line that is wrong; then no line counts */
export function readPeople(file: string, bytes: Uint8Array): readonly Person[] {
  const parsed = FILE.safeParse(asJson(file, asText(file, bytes)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map(inWords);
  throw new CommandProblem([`Nothing was imported. Mend these lines of ${file}, and import it again:`, ...problems].join('\n'));
}

function inWords({ path: [index, field], message, ...issue }: z.core.$ZodIssue): string {
  if (typeof index !== 'number')
    return `  the whole file: expected a list of 1 to ${MOST_PEOPLE} people, [{"slackTeam", "slackUser", "objectId", "name", "phone"}]`;
  const line = `  person ${index + 1}`;
  if (issue.code === 'unrecognized_keys') return `${line}: expected no field ${'keys' in issue ? String(issue.keys) : ''}`;
  const expected = EXPECTED[String(field)];
  return expected === undefined ? `${line}: ${message}` : `${line}, ${String(field)}: expected ${expected}`;
}

/** Directories and their exports write the same id in either case; Slack's are capitals. */
function withPlainIds(person: unknown): unknown {
  if (typeof person !== 'object' || person === null) return person;
  const { objectId, slackTeam, slackUser, ...rest } = person as Record<string, unknown>;
  const lower = (id: unknown): unknown => (typeof id === 'string' ? id.trim().toLowerCase() : id);
  const upper = (id: unknown): unknown => (typeof id === 'string' ? id.trim().toUpperCase() : id);
  return { ...rest, objectId: lower(objectId), slackTeam: upper(slackTeam), slackUser: upper(slackUser) };
}

function asText(file: string, bytes: Uint8Array): string {
  try {
    // A byte order mark is taken off by the decoder.
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    throw new CommandProblem(`Nothing was imported. Expected ${file} in UTF-8 or UTF-16, got another encoding. Save it as UTF-8.`);
  }
}

function encodingOf([first, second]: Uint8Array): string {
  // JSON begins with a character of ASCII, so a zero byte beside it says which half of UTF-16 comes first.
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}

function asJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = / at position \d+( \(line \d+ column \d+\))?/.exec(error instanceof Error ? error.message : '')?.[0] ?? '';
    throw new CommandProblem(`Nothing was imported. Expected ${file} to be JSON, got text that is not${where}.`);
  }
}
