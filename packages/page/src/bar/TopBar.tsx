import type { ComponentChildren } from 'preact';
import { LiveChip } from '../parts/LiveChip.tsx';
import { openDialog } from '../parts/openDialog.ts';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { Settings } from './Settings.tsx';

/** The bar over every page: name, places, how live the data is, the finder, settings, and what else is given. */
export function TopBar({ isOperator, children }: { isOperator: boolean; children: ComponentChildren }) {
  const { path } = useLocation();
  return (
    <header class="top-bar">
      <a class="brand" href="/">
        <Brand />
      </a>
      <nav aria-label={texts.mainNavigation}>
        <a href="/" aria-current={path === '/' ? 'page' : undefined}>
          {texts.fleet}
        </a>
        {isOperator ? (
          <a href="/connections" aria-current={path === '/connections' ? 'page' : undefined}>
            {texts.connections}
          </a>
        ) : null}
      </nav>
      <LiveChip />
      <Finder />
      <Settings />
      {children}
    </header>
  );
}

/** The bar while nobody is in. */
export function BareTopBar() {
  return (
    <header class="top-bar bare">
      <span class="brand">
        <Brand />
      </span>
      <Settings />
    </header>
  );
}

function Brand() {
  return (
    <>
      <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
        <path d="M2 18h7l4-11 6 18 4-11 2 4h5" fill="none" stroke="currentColor" stroke-width="3" />
      </svg>
      <span class="brand-name">{texts.appName}</span>
    </>
  );
}

function Finder() {
  return (
    <button
      type="button"
      class="finder-button"
      aria-keyshortcuts="Control+K Meta+K"
      title={`${texts.find} (Ctrl K)`}
      onClick={() => {
        openDialog.value = 'find';
      }}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <g fill="none" stroke="currentColor" stroke-width="1.5">
          <circle cx="7" cy="7" r="4.5" />
          <path d="m10.5 10.5 4 4" />
        </g>
      </svg>
      <span class="visually-hidden">{texts.find}</span> <kbd>Ctrl K</kbd>
    </button>
  );
}
