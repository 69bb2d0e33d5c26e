// The policy of this installation: the default durations unless a file changes them, and additional approval requirements.
// Durations may be longer or shorter, except the time to read a plan; approval requirements can only get stricter.
// Every case keeps a snapshot of it.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { NOTHING_STRICTER } from '../domain/approval-requirements.ts';
import { PLAN_KINDS } from '../domain/plan.ts';
import { DEFAULT_DURATIONS, type Durations, POLICY_VERSION, type PolicySnapshot } from '../domain/policy.ts';
import { SettingsError } from './load.ts';

const milliseconds = z.number().int().positive().max(2_000_000_000);
const shape = Object.fromEntries(Object.keys(DEFAULT_DURATIONS).map((name) => [name, milliseconds])) as Record<
  keyof Durations,
  typeof milliseconds
>;
const FILE = z.strictObject({
  durations: z.strictObject(shape).partial().default({}),
  stricter: z.strictObject({ twoApprovers: z.array(z.enum(PLAN_KINDS)).default([]) }).default({ twoApprovers: [] }),
});

/** @throws SettingsError when the file is missing, is not JSON, or names an unknown duration */
export async function loadPolicy(file: string | null): Promise<PolicySnapshot> {
  if (file === null) return { version: POLICY_VERSION, durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER };
  const { durations: changed, stricter } = parse(await text(file));
  const durations = { ...DEFAULT_DURATIONS, ...definedOnly(changed) };
  const least = Math.min(DEFAULT_DURATIONS.readPlanMs, Math.floor(durations.planLifeMs * LEAST_READING));
  if (durations.readPlanMs < least)
    throw problem(
      `durations.readPlanMs: expected at least ${least} for a planLifeMs of ${durations.planLifeMs}, got ${durations.readPlanMs}`,
    );
  return { version: POLICY_VERSION, durations, stricter };
}

/** Shorter-lived plans have a proportionally shorter reading time. A file can only raise the time to read a plan. */
const LEAST_READING = DEFAULT_DURATIONS.readPlanMs / DEFAULT_DURATIONS.planLifeMs;

async function text(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw problem(`cannot be read as JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}

function parse(content: unknown): z.infer<typeof FILE> {
  const parsed = FILE.safeParse(content);
  if (parsed.success) return parsed.data;
  throw problem(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`).join('; '));
}

const problem = (says: string): SettingsError => new SettingsError([{ name: 'UNAPPROVE_POLICY_FILE', says }]);

const definedOnly = (durations: Partial<Record<keyof Durations, number | undefined>>): Partial<Durations> =>
  Object.fromEntries(Object.entries(durations).filter(([, value]) => value !== undefined));
