import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLive } from '../live/live.ts';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { Forbidden } from './Forbidden.tsx';

/**
 * Around what an address shows. Where the server has refused it, says so in its place, and asks again only when
 * told to, or for another address; where somebody has ended the connection, says so above it.
 */
export function UnlessEnded({ children }: { children: ComponentChildren }) {
  const { connection } = useLive();
  const { url } = useLocation();
  const link = connection.link.value;
  const isForbidden = link.phase === 'ended' && link.ending === 'forbidden';
  const refusedUrl = useRef(url);
  if (isForbidden === false) refusedUrl.current = url;
  useEffect(() => {
    if (isForbidden && url !== refusedUrl.current) connection.open();
  }, [connection, isForbidden, url]);

  if (isForbidden) {
    return (
      <Forbidden>
        <button type="button" class="link-button" onClick={connection.open}>
          {texts.retry}
        </button>
      </Forbidden>
    );
  }
  return (
    <>
      {link.phase === 'ended' && link.ending === 'kicked' ? (
        <p class="banner banner-action" role="alert">
          {texts.kicked(texts.said(link.reason))}{' '}
          <button type="button" class="button" onClick={connection.open}>
            {texts.reconnect}
          </button>
        </p>
      ) : null}
      {children}
    </>
  );
}
