import { createStompServer, type StompServer, type StompServerOptions } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';

/** A server on a fake clock, with a log of its events and of what its inbound interceptor sees. */
export interface House {
  readonly stomp: StompServer;
  readonly clock: FakeClock;
  readonly events: string[];
  readonly errors: unknown[];
  client(remoteAddress?: string): MemoryClient;
}

export function house(options: StompServerOptions = {}): House {
  const clock = new FakeClock();
  const stomp = createStompServer({ clock, ...options });
  const events: string[] = [];
  const errors: unknown[] = [];
  stomp.on('connect', () => events.push('connect'));
  stomp.on('connected', () => events.push('connected'));
  stomp.on('subscribed', ({ subscription }) => events.push(`subscribed ${subscription.id}`));
  stomp.on('unsubscribed', ({ subscription }) => events.push(`unsubscribed ${subscription.id}`));
  stomp.on('disconnected', ({ reason }) => events.push(`disconnected ${reason}`));
  stomp.on('refused', ({ code }) => events.push(`refused ${code}`));
  stomp.on('error', ({ error }) => errors.push(error));
  const client = (remoteAddress?: string) => {
    const made = new MemoryClient(remoteAddress);
    stomp.accept(made);
    return made;
  };
  return { stomp, clock, events, errors, client };
}
