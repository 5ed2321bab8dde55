import { type Channel, ChannelFault } from './channel.ts';

/** Publishes completions on an EventBridge bus. The client is loaded with the first of them. */
export function createEventBusChannel(bus: string, connect: () => Promise<EventBus>): Channel {
  let connected: Promise<EventBus> | undefined;
  return {
    name: 'events',
    concerns: () => true,
    publish: async (event) => {
      connected ??= connect();
      const failed = await (await connected)({
        EventBusName: bus,
        Source: 'rescind',
        DetailType: 'Revocation Completed',
        Detail: JSON.stringify(event),
      });
      if (failed !== undefined) throw new ChannelFault(`EventBridge took no event: ${failed}`);
    },
  };
}

/** Puts one event. @returns the code of the error it was refused with */
export type EventBus = (entry: {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}) => Promise<string | undefined>;

export async function connectEventBridge(): Promise<EventBus> {
  const { EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const { awsSettings } = await import('../../shared/aws.ts');
  const client = new EventBridgeClient(awsSettings);
  return async (entry) => {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    return Entries.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorCode;
  };
}
