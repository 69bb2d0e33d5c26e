/** views.*: opening, changing and publishing. */
import { viewBody } from '../serializers.ts';
import type { ViewResult } from '../views.ts';
import type { WorkspaceState } from '../workspace-state.ts';
import { readView } from './content.ts';
import { json, type Method, method, Refusal, text } from './method.ts';

const open = method({
  tier: 'tier4',
  args: { trigger_id: text, view: json },
  run: (args, { world }) => answer(world, world.views.open(args.trigger_id, readView(args.view, 'modal'))),
});

const push = method({
  tier: 'tier4',
  args: { trigger_id: text, view: json },
  run: (args, { world }) => answer(world, world.views.push(args.trigger_id, readView(args.view, 'modal'))),
});

const update = method({
  tier: 'tier4',
  args: { view_id: text.optional(), external_id: text.optional(), view: json, hash: text.optional() },
  run({ view_id, external_id, view, hash }, { world }) {
    const which = view_id === undefined ? (external_id === undefined ? undefined : { externalId: external_id }) : { viewId: view_id };
    if (which === undefined) {
      throw new Refusal('invalid_arguments', {
        response_metadata: { messages: ['[ERROR] missing required field: view_id or external_id'] },
      });
    }
    return answer(world, world.views.update(which, readView(view, 'modal'), hash));
  },
});

const publish = method({
  tier: 'tier4',
  args: { user_id: text, view: json, hash: text.optional() },
  run(args, { world }) {
    const view = readView(args.view, 'home');
    const person = world.people.find(args.user_id);
    if (person === undefined || person.bot === true || person.deleted === true) {
      throw new Refusal('invalid_arguments', { response_metadata: { messages: ['[ERROR] invalid `user_id`'] } });
    }
    return answer(world, world.views.publish(person.id, view, args.hash));
  },
});

function answer(world: WorkspaceState, result: ViewResult): Record<string, unknown> {
  if (result.kind === 'refused') throw new Refusal(result.error);
  return { view: viewBody(world, result.view) };
}

export const viewMethods: Readonly<Record<string, Method>> = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
