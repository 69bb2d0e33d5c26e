// The connections to the Temporal server: one for the workers, one for delivery. The server may start later or be away for a
// while, so connecting is retried. A missing namespace is found before any work.
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { RunbookError } from '../domain/errors.ts';

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
}

export interface TemporalConnections {
  readonly hosting: NativeConnection;
  readonly delivering: Connection;
}

export interface Temporal {
  /** Connects if necessary, and reads the namespace. @throws RunbookError TEMPORAL_UNAVAILABLE or TEMPORAL_NAMESPACE_MISSING */
  use(): Promise<void>;
  /** The connections, once `use` has succeeded. */
  readonly reached: Promise<TemporalConnections>;
  isReached(): boolean;
  close(): Promise<void>;
}

/** gRPC's status. */
const NOT_FOUND = '5';

export function openTemporal({ address, namespace }: TemporalSettings): Temporal {
  let open: TemporalConnections | undefined;
  let announce: (connections: TemporalConnections) => void = () => undefined;
  const reached = new Promise<TemporalConnections>((resolve) => {
    announce = resolve;
  });
  const connect = async (): Promise<TemporalConnections> => {
    const delivering = await Connection.connect({ address });
    try {
      // Encrypted payloads cannot be compressed.
      return { hosting: await NativeConnection.connect({ address, grpcCompression: { codec: 'none' } }), delivering };
    } catch (error) {
      await delivering.close();
      throw error;
    }
  };
  let isReached = false;
  return {
    reached,
    isReached: () => isReached,
    async use() {
      try {
        open ??= await connect();
        await open.delivering.workflowService.describeNamespace({ namespace });
      } catch (cause) {
        throw isGrpcServiceError(cause) && String(cause.code) === NOT_FOUND
          ? new RunbookError(
              'TEMPORAL_NAMESPACE_MISSING',
              `expected the namespace ${namespace} on the Temporal server at ${address}, found none`,
              { cause },
            )
          : new RunbookError('TEMPORAL_UNAVAILABLE', `expected the Temporal server at ${address} to answer, got: ${wordsOf(cause)}`, {
              cause,
            });
      }
      isReached = true;
      announce(open);
    },
    async close() {
      await open?.delivering.close();
      await open?.hosting.close();
    },
  };
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
