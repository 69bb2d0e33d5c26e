/** A page of the practice company: what actors come to where the real service has no API. */
import { z } from 'zod';
import { type Answer, Refusal } from '../answers.ts';
import type { Actor, TenantContext } from '../call.ts';

export interface PracticeCall {
  readonly body: unknown;
  readonly parameter: string;
  readonly actor: Actor;
  readonly at: number;
  readonly clientRequestId: string;
}

export interface PracticeRoute {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** `session`: only a signed-in person comes here. `administrator`: the body's `by` says who sits at the portal. */
  readonly by?: 'session' | 'administrator';
  readonly handle: (call: PracticeCall, world: TenantContext) => Answer | Promise<Answer>;
}

export function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Refusal({ status: 400, code: 'BadRequest', message: problems });
}
