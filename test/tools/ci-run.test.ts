/** `.ci/run`, with a program in place of npm that writes down how it was called. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from './scratch.ts';

const CI_RUN = join(import.meta.dirname, '..', '..', '.ci', 'run');

/** Writes its words and the tests' time zone down, leaves the report of the tests, and fails when its words say so. */
const NPM = `#!/usr/bin/env bash
echo "$* [$UNAPPROVE_TEST_TIMEZONE]" >> "$CALLS"
for word in "$@"; do
  case "$word" in --outputFile.json=*) printf '%s' "$REPORT" > "\${word#*=}" ;; esac
done
case "$*" in $FAILING) exit 1 ;; esac
`;

interface Run {
  readonly code: number;
  readonly lines: readonly string[];
  readonly calls: readonly string[];
}

async function ciRun({ failing, report }: { readonly failing: string; readonly report: object | null }): Promise<Run> {
  const folder = await scratchFolder();
  const calls = join(folder, 'calls');
  await mkdir(join(folder, '.ci'));
  await copyFile(CI_RUN, join(folder, '.ci', 'run'));
  await writeFile(join(folder, 'npm'), NPM);
  await chmod(join(folder, 'npm'), 0o755);
  const env = {
    PATH: [folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    CALLS: calls,
    FAILING: failing,
    REPORT: report === null ? '' : JSON.stringify(report),
  };
  const { code, stdout } = await new Promise<{ code: number; stdout: string }>((resolve) => {
    execFile('bash', [join(folder, '.ci', 'run')], { env }, (error, output) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout: output }),
    );
  });
  return { code, lines: stdout.trimEnd().split('\n'), calls: (await readFile(calls, 'utf8')).trimEnd().split('\n') };
}

const REPORT = { numPassedTests: 7, numFailedTests: 0, testResults: [] };

describe('the CI run', () => {
  it('runs the tests in a time zone that is not UTC, the check and all drills, and ends with 0 and the count of tests', async () => {
    const { code, lines, calls } = await ciRun({ failing: 'nothing', report: REPORT });
    expect(code).toBe(0);
    expect(calls.map((call) => call.replace(/--outputFile\.json=\S+/, ''))).toEqual([
      'test -- --reporter=default --reporter=json  [America/New_York]',
      'run check []',
      'run drills []',
    ]);
    expect(lines.at(-1)).toBe('7 passed, 0 failed');
  });

  it.each(['test*', 'run check', 'run drills'])('runs every part when "npm %s" fails, names it, and ends with 1', async (failing) => {
    const { code, lines, calls } = await ciRun({ failing, report: REPORT });
    expect([code, calls.length]).toEqual([1, 3]);
    expect(lines.at(-2)).toContain(`npm ${failing.replace('*', '')}`);
    expect(lines.at(-1)).toBe('7 passed, 0 failed');
  });

  it('counts as failed a test file that could not be read, and a run that left no report', async () => {
    const unread = { ...REPORT, testResults: [{ status: 'failed', assertionResults: [] }] };
    expect((await ciRun({ failing: 'test*', report: unread })).lines.at(-1)).toBe('7 passed, 1 failed');
    expect((await ciRun({ failing: 'test*', report: null })).lines.at(-1)).toBe('0 passed, 1 failed');
  });
});
