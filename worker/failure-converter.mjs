// How failures are written for the engine: message and stack in one payload, so
// that the codec covers them too. Loaded by path, once in each process and once
// in the sandbox of the workflows, hence a plain module.
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
