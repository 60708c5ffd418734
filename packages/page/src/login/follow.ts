import { effect } from '@preact/signals';
import type { Live } from '../live/live.ts';
import type { Account } from './account.ts';

/** Where the server tells a session what concerns it alone. */
const notices = '/user/queue/notices';

/** Lets the connection follow the login: open while somebody is in, and theirs. */
export function followLogin(account: Account, live: Live): void {
  const { connection } = live;
  let openFor: string | undefined;
  let stopListening = (): void => {};
  effect(() => {
    const { value: entry } = account.entry;
    const name = entry.phase === 'in' ? (entry.user?.name ?? '') : undefined;
    if (name === openFor) return;
    if (openFor !== undefined) live.close();
    stopListening();
    openFor = name;
    if (name === undefined) return;
    if (name !== '') stopListening = connection.subscribe(notices, (body) => noticed(account, body));
    live.open();
  });

  let isReconnect = false;
  effect(() => {
    const { value: link } = connection.link;
    if (link.phase === 'connected') {
      // Who we are may have changed while we were away.
      if (isReconnect && openFor !== '') void account.check();
      isReconnect = true;
    }
    if (link.phase === 'ended' && link.ending === 'forbidden') void account.check();
    if (link.phase !== 'ended' || (link.ending !== 'expired' && link.ending !== 'unauthorized')) return;
    void account.refused(link.ending === 'expired', link.reason).then((isIn) => {
      if (isIn) connection.open();
    });
  });
}

function noticed(account: Account, body: unknown): void {
  const isExpiring = typeof body === 'object' && body !== null && 'type' in body && body.type === 'expiring';
  if (isExpiring) account.warned();
}
