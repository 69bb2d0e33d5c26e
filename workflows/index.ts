export { approvedPrompt } from './approved-prompt.ts';
export { finishCase } from './finish-case.ts';
