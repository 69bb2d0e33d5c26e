// How failures are written for the engine: message and stack in one payload, so
// that the codec covers them too. Loaded by path, once in each process and once
// in the sandbox of the workflows, hence a plain module.
import { DefaultFailureConverter } from '@temporalio/common';

/** The SDK drops the cause of a timeout: the last failure of an activity whose time to be retried is over. */
class KeepingCauses extends DefaultFailureConverter {
  failureToError(failure, payloadConverter, context) {
    const error = super.failureToError(failure, payloadConverter, context);
    if (failure.timeoutFailureInfo && failure.cause && error.cause === undefined)
      error.cause = this.failureToError(failure.cause, payloadConverter, context);
    return error;
  }
}

export const failureConverter = new KeepingCauses({ encodeCommonAttributes: true });
