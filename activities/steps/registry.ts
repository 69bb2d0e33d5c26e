// The steps there are. A new step is a new file and one line here.
import type { ContainingStep } from '../../domain/step.ts';
import type { AccountActor, DoorState } from '../graph/actor.ts';
import { blockSignIn } from './block-sign-in.ts';
import { revokeSessions } from './revoke-sessions.ts';
import type { Step } from './step.ts';

export const STEPS = {
  'block-sign-in': blockSignIn,
  'revoke-sessions': revokeSessions,
} as const satisfies Record<ContainingStep, Step<AccountActor, DoorState>>;
