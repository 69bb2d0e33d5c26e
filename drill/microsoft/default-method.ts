/**
 * The default second factor, the one that is asked for first. The service keeps
 * it until it is the last of its kind, and has two ways of saying so.
 */
import { methodRefused, type Refusal } from './answers.ts';
import type { Method } from './directory-items.ts';
import type { Stream } from './seeded-random.ts';

/** An app's prompt or code, a call or a text. Keys, paired computers, passes and e-mail never are the default. */
const canBeDefault = ({ seed: { kind } }: Method): boolean => kind === 'authenticator' || kind === 'phone' || kind === 'softwareOath';

/** The one that was chosen, or after it went the first that can be. */
function defaultOf(methods: readonly Method[]): Method | undefined {
  const able = methods.filter(canBeDefault);
  return able.find(({ seed }) => seed.default === true) ?? able[0];
}

/** Is it the default, while another one could be? Keys and the like do not count. */
export const mustStay = (method: Method, methods: readonly Method[]): boolean =>
  method === defaultOf(methods) && methods.filter(canBeDefault).length > 1;

/** @param draws which of the two wordings: Microsoft does not document what it depends on */
export const isDefault = ({ id }: Method, draws: Stream): Refusal =>
  methodRefused(
    draws.pick(2) === 0
      ? 'Cannot delete default method with other methods configured. Please change default method before deletion.'
      : `The requested authentication method id of [${id}] matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed`,
  );
