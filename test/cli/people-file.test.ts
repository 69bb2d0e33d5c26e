// A personnel file as spreadsheets, directories and editors write it.
import { describe, expect, it } from 'vitest';
import { CommandProblem } from '../../cli/command-problem.ts';
import { readPeople } from '../../cli/people-file.ts';

const ANA = { slackTeam: 'T0CONTOSO', slackUser: 'U0ANA', objectId: '11111111-aaaa-4aaa-8aaa-000000000001', name: 'Ana Ünal', phone: null };
const TEXT = JSON.stringify([ANA]);

const utf16 = (text: string, bigEndian = false): Buffer => {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};
const refusal = (bytes: Uint8Array): string => {
  try {
    readPeople('people.json', bytes);
    return 'nothing refused';
  } catch (error) {
    if (error instanceof CommandProblem) return error.message;
    throw error;
  }
};

describe('a personnel file', () => {
  it.each([
    ['in UTF-8', Buffer.from(TEXT)],
    ['in UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['in UTF-16, as Windows writes it', utf16(`\uFEFF${TEXT}`)],
    ['in UTF-16, the other way round', utf16(`\uFEFF${TEXT}`, true)],
    ['in UTF-16 without a byte order mark', utf16(TEXT)],
    ['in UTF-16 without a byte order mark, the other way round', utf16(TEXT, true)],
  ])('is taken %s', (_, bytes) => {
    expect(readPeople('people.json', bytes)).toEqual([ANA]);
  });

  it('is taken with ids in the other case, and with spaces around them', () => {
    const other = { ...ANA, objectId: ` ${ANA.objectId.toUpperCase()} `, slackTeam: 't0contoso', slackUser: 'u0ana ' };
    expect(readPeople('people.json', Buffer.from(JSON.stringify([other])))).toEqual([ANA]);
  });

  it('is refused with a sentence in another encoding, when it is no JSON, and when it is no list', () => {
    expect(refusal(Buffer.from(TEXT, 'latin1'))).toContain(
      'Expected people.json in UTF-8 or UTF-16, got another encoding. Save it as UTF-8.',
    );
    expect(refusal(Buffer.from('[{"slackTeam": }]'))).toMatch(/Expected people.json to be JSON, got text that is not\b.*\.$/);
    expect(refusal(Buffer.from('slackTeam,slackUser'))).toContain('Expected people.json to be JSON, got text that is not');
    expect(refusal(Buffer.from(''))).toContain('Expected people.json to be JSON, got text that is not');
    expect(refusal(Buffer.from('{}'))).toContain('the whole file: expected a list of 1 to 200000 people');
    expect(refusal(Buffer.from('[]'))).toContain('the whole file: expected a list of 1 to 200000 people');
  });

  it('is refused with each wrong line named, and what is expected there', () => {
    const people = [ANA, { ...ANA, objectId: 'ana@example.com' }, { ...ANA, slackUser: '@ana' }, { ...ANA, mail: 'x' }, 7];
    expect(
      refusal(Buffer.from(JSON.stringify(people)))
        .split('\n')
        .slice(1),
    ).toEqual([
      '  person 2, objectId: expected an object id such as 3f2a9c10-5b7e-4d21-8a64-0c9e1f7b2d35',
      '  person 3, slackUser: expected a member id such as U0123ABCD',
      '  person 4: expected no field mail',
      expect.stringMatching(/^ {2}person 5: /),
    ]);
  });
});
