import { describe, expect, it } from 'vitest';
import { ENDPOINTS, type Endpoint } from '../../../activities/microsoft/endpoints.ts';
import { findOperation, OPERATIONS, permits } from '../../../drill/microsoft/operations.ts';
import { handlerOf } from '../../../drill/microsoft/routes/graph.ts';

const SOME_ID = '3b1f2c64-8a0d-4f59-9b3e-0d4a7c1e9f21';

/** Three calls share one path: the body says which is meant. */
const BODIES: Readonly<Record<string, unknown>> = {
  'user.disable': { accountEnabled: false },
  'user.enable': { accountEnabled: true },
  'user.resetPassword': { passwordProfile: { password: '' } },
};

const meantBy = (call: Endpoint) =>
  findOperation(
    {
      method: call.method,
      version: call.version,
      path: call.path.replaceAll(/\{\w+\}/g, SOME_ID),
      filter: call.query?.['$filter'] ?? '',
      body: BODIES[call.id],
    },
    undefined,
  )?.operation;

// Two tables, written apart: where they agree, a mistake would have to be made twice.
describe.each(Object.entries<Endpoint>(ENDPOINTS))('the product’s call %s', (_, call) => {
  it('is one the practice tenant has, under the same name', () => {
    expect(meantBy(call)?.id).toBe(call.id);
  });

  it('declares permissions that are enough, and not one too many', () => {
    const lines = meantBy(call)?.application ?? [];

    expect(permits(lines, call.permissions)).toBe(true);
    for (const spared of call.permissions) {
      expect(
        permits(
          lines,
          call.permissions.filter((name) => name !== spared),
        ),
      ).toBe(false);
    }
  });
});

describe('the practice tenant’s own table', () => {
  it.each(OPERATIONS.map((operation) => [operation.id, operation] as const))('has a handler for %s', (_, operation) => {
    expect(handlerOf(operation)).toBeTypeOf('function');
  });

  it('names each operation once', () => {
    const ids = OPERATIONS.map((operation) => operation.id);

    expect(new Set(ids).size).toBe(ids.length);
  });
});
