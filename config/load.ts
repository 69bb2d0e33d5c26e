// Reads the environment once, at the start, and reports every problem together, so that they need one correction.
import { type Environment, SETTINGS, type Setting, type SettingName, type ValueOf } from './settings.ts';

export interface SettingProblem {
  readonly name: string;
  readonly says: string;
}

/** Settings that are missing or wrong. The command ends with exit code 2. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problemsInWords(problems));
    this.problems = problems;
  }
}

export type Settings<Name extends SettingName> = { readonly [Each in Name]: ValueOf<Each> };

/** @throws SettingsError naming every setting that is missing or wrong; values are never repeated, they may be secrets */
export function loadSettings<const Name extends SettingName>(names: readonly Name[], env: Environment): Settings<Name> {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const setting = SETTINGS[name] as Setting<unknown>;
    const text = env[name]?.trim();
    if (text === undefined || text === '') {
      if (setting.without === undefined)
        problems.push({ name, says: `is not set. ${setting.meaning} Example: ${name}=${setting.example}` });
      else values[name] = setting.without.value(env);
      continue;
    }
    const parsed = setting.parse(text);
    if ('expected' in parsed) problems.push({ name, says: `is wrong: expected ${parsed.expected}. Example: ${name}=${setting.example}` });
    else values[name] = parsed.ok;
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings<Name>;
}

function problemsInWords(problems: readonly SettingProblem[]): string {
  const count = problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`;
  return [`${count} your attention:`, ...problems.map(({ name, says }) => `  ${name} ${says}`)].join('\n');
}

/** The names that one kind of process may read: its environment gets nothing else. */
export const settingsFor = (reader: Setting<unknown>['readers'][number]): SettingName[] =>
  (Object.keys(SETTINGS) as SettingName[]).filter((name) => (SETTINGS[name] as Setting<unknown>).readers.includes(reader));
