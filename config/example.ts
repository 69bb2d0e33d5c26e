// The text of .env.example, from the table of settings. A test compares the two.
import { SETTINGS, type Setting } from './settings.ts';

/** A shell can read the file. */
const inShell = (value: string): string => (/[^\w.:/@,+…-]/.test(value) ? `'${value}'` : value);

export function exampleFile(): string {
  const lines = ['# Settings of unapprove. Each is read once, at the start; every problem is named at once.', ''];
  for (const [name, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    lines.push(`# ${setting.meaning}`);
    lines.push(`# Read by: ${setting.readers.join(', ')}. Without it: ${setting.without?.says ?? setting.stops ?? 'nothing starts'}.`);
    const isLeftOut = setting.without !== undefined || setting.stops !== undefined;
    lines.push(`${isLeftOut ? '# ' : ''}${name}=${inShell(setting.example)}`, '');
  }
  return lines.join('\n');
}
