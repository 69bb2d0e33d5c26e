// The steps there are. A new step is a new file and one line here.
import type { StepName } from '../../domain/step.ts';
import { blockSignIn } from './block-sign-in.ts';
import { releaseFalseAlarm } from './release-false-alarm.ts';
import { removeMethods } from './remove-methods.ts';
import { resetPassword } from './reset-password.ts';
import { revokeSessions } from './revoke-sessions.ts';

export const STEPS = {
  'block-sign-in': blockSignIn,
  'revoke-sessions': revokeSessions,
  'reset-password': resetPassword,
  'remove-methods': removeMethods,
  'release-false-alarm': releaseFalseAlarm,
} as const satisfies Record<StepName, unknown>;
