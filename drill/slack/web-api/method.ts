/** What every Web API method is made of, and how one is refused. */
import { z } from 'zod';
import type { WorkspaceState } from '../workspace-state.ts';

type Json = Record<string, unknown>;

/** `ok:false` with Slack's error code; carried as an exception from wherever it is found out. */
export class Refusal extends Error {
  readonly code: string;
  readonly details: Json;

  constructor(code: string, details: Json = {}) {
    super(code);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** Slack's tiers, in requests per minute; `post` is one per second and channel. */
export type Tier = 'tier2' | 'tier3' | 'tier4' | 'post' | 'special';

export interface Call {
  readonly world: WorkspaceState;
  readonly token: 'bot' | 'app';
  readonly baseUrl: string;
  /** Throws `missing_scope` when the token lacks it. */
  readonly needs: (scope: string) => void;
  /** A Socket Mode path with a fresh ticket. */
  readonly ticket: () => string;
}

export interface Method {
  readonly token: 'bot' | 'app' | 'either';
  readonly tier: Tier;
  /** Needed in any case; those that depend on the channel are asked for inside the method. */
  readonly scopes: readonly string[];
  readonly run: (args: Json, call: Call) => Json;
}

interface Definition<Shape extends z.ZodRawShape> {
  readonly token?: 'bot' | 'app' | 'either';
  readonly tier: Tier;
  readonly scopes?: readonly string[];
  readonly args: Shape;
  readonly run: (args: z.output<z.ZodObject<Shape>>, call: Call) => Json;
}

/** Makes a method whose arguments are checked before it runs. Arguments Slack does not know are ignored, as Slack does. */
export function method<Shape extends z.ZodRawShape>({ token = 'bot', tier, scopes = [], args, run }: Definition<Shape>): Method {
  const schema = z.object(args);
  return {
    token,
    tier,
    scopes,
    run(raw, call) {
      const parsed = schema.safeParse(raw);
      if (parsed.success) return run(parsed.data, call);
      throw new Refusal('invalid_arguments', { response_metadata: { messages: parsed.error.issues.map(asMessage) } });
    },
  };
}

function asMessage(issue: z.core.$ZodIssue): string {
  const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
  return missing
    ? `[ERROR] missing required field: ${issue.path.join('/')}`
    : `[ERROR] ${issue.message} [json-pointer:/${issue.path.join('/')}]`;
}

/** Forms carry everything as text, JSON bodies do not: both are taken. */
export const text = z.string().min(1);
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'])])
  .transform((value) => value === true || value === 'true' || value === '1');
export const wholeNumber = z.coerce.number().int();
/** An object or array: in a form it is JSON text. What cannot be parsed stays text, and its reader refuses it. */
export const json = z.unknown().transform((value) => {
  if (typeof value !== 'string') return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    return value;
  }
});
