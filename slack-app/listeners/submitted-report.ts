// Parses and validates a sent report form. A forged payload may look like our form, so every field is bounded. A person
// who can correct a field is told which one.
import { z } from 'zod';
import { keepable } from '../../domain/text.ts';
import { SLACK_PERSON, SLACK_TEAM, whatHappened, when } from '../../inbox/envelope.ts';
import type { SubmittedReport } from '../../inbox/receive.ts';
import { TEXT_LIMITS } from '../../inbox/sealed-text.ts';
import { FIELD, type Field } from '../views/report-modal.ts';
import { FORM_ERRORS } from '../wording.ts';

const option = z.looseObject({ selected_option: z.looseObject({ value: z.string().max(75) }).nullish() });
const person = z.looseObject({ selected_user: z.string().nullish() });
const text = z.looseObject({ value: z.string().nullish() });

const field = <Shape extends z.ZodType>(name: Field, shape: Shape) => z.looseObject({ [name]: shape.optional() }).optional();

const PAYLOAD = z.looseObject({
  user: z.looseObject({ id: z.string().regex(SLACK_PERSON), team_id: z.string().regex(SLACK_TEAM).nullish() }),
  team: z.looseObject({ id: z.string().regex(SLACK_TEAM) }).nullish(),
  view: z.looseObject({
    id: z.string().regex(/^[A-Za-z0-9]{2,60}$/),
    state: z.looseObject({
      values: z.looseObject({
        what: field('what', option),
        when: field('when', option),
        about: field('about', person),
        contacted: field('contacted', text),
        more: field('more', text),
        reach: field('reach', text),
      }),
    }),
  }),
});

export type Submission =
  | { readonly kind: 'report'; readonly report: SubmittedReport }
  /** From another workspace, or from a person of one. */
  | { readonly kind: 'foreign'; readonly person: string }
  /** The person can correct it; `hostile` when our own form could not have sent it. */
  | {
      readonly kind: 'errors';
      readonly person: string;
      readonly errors: Readonly<Partial<Record<Field, string>>>;
      readonly hostile: boolean;
    }
  | { readonly kind: 'unreadable' };

export function readSubmission(body: unknown, teamId: string): Submission {
  const parsed = PAYLOAD.safeParse(body);
  if (!parsed.success) return { kind: 'unreadable' };
  const { user, team, view } = parsed.data;
  const { values } = view.state;
  // Both are checked: in a shared channel the person may belong to another workspace than the one that sends.
  if ((team?.id ?? user.team_id) !== teamId || (user.team_id ?? teamId) !== teamId) return { kind: 'foreign', person: user.id };

  const errors: Partial<Record<Field, string>> = {};
  let hostile = false;
  const refuse = (name: Field, why: string, isHostile: boolean): null => {
    errors[name] = why;
    hostile ||= isHostile;
    return null;
  };
  const words = (name: 'contacted' | 'more' | 'reach', given: string | null | undefined): string | null => {
    const trimmed = keepable(given ?? '').trim();
    if (trimmed.length > TEXT_LIMITS[name]) return refuse(name, FORM_ERRORS.tooLong(TEXT_LIMITS[name]), true);
    return trimmed === '' ? null : trimmed;
  };

  const answer = values.what?.[FIELD.what]?.selected_option?.value;
  const what = whatHappened.safeParse(answer);
  if (!what.success) refuse(FIELD.what, answer === undefined ? FORM_ERRORS.missing : FORM_ERRORS.unknownOption, answer !== undefined);
  const time = when.safeParse(values.when?.[FIELD.when]?.selected_option?.value ?? 'not-sure');
  if (!time.success) refuse(FIELD.when, FORM_ERRORS.unknownOption, true);
  const about = values.about?.[FIELD.about]?.selected_user ?? null;
  if (about !== null && !SLACK_PERSON.test(about)) refuse(FIELD.about, FORM_ERRORS.notAPerson, true);
  const written = {
    contacted: words('contacted', values.contacted?.[FIELD.contacted]?.value),
    more: words('more', values.more?.[FIELD.more]?.value),
    reach: words('reach', values.reach?.[FIELD.reach]?.value),
  };

  if (!what.success || !time.success || Object.keys(errors).length > 0) return { kind: 'errors', person: user.id, errors, hostile };
  return {
    kind: 'report',
    report: {
      team: teamId,
      person: user.id,
      viewId: view.id,
      what: what.data,
      when: time.data,
      // A person who names their own account reports for themselves.
      about: about === user.id ? null : about,
      words: written,
    },
  };
}
