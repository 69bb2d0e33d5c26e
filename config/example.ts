// The text of .env.example, from the table of settings. A test holds the two
// together, so the file cannot fall behind.
import { SETTINGS, type Setting } from './settings.ts';

/** The file can be read by a shell. */
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
