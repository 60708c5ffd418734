import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { texts } from '../texts/texts.ts';
import { nextTheme, type ThemeChoice, themeChoice } from '../theme.ts';
import { LiveChip } from './LiveChip.tsx';

const themes: Record<ThemeChoice, { shape: string; word: () => string }> = {
  system: { shape: '◐', word: () => texts.themeSystem },
  light: { shape: '○', word: () => texts.themeLight },
  dark: { shape: '●', word: () => texts.themeDark },
};

/** The bar over every page: name, places, how live the data is, colours, and what else is given. */
export function TopBar({ children }: { children: ComponentChildren }) {
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
      </nav>
      <LiveChip />
      <ThemeButton />
      {children}
    </header>
  );
}

/** The bar while nobody is in. */
export function BareTopBar() {
  return (
    <header class="top-bar">
      <span class="brand">
        <Brand />
      </span>
      <ThemeButton />
    </header>
  );
}

function Brand() {
  return (
    <>
      <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
        <path d="M2 18h7l4-11 6 18 4-11 2 4h5" fill="none" stroke="currentColor" stroke-width="3" />
      </svg>
      {texts.appName}
    </>
  );
}

function ThemeButton() {
  const { shape, word } = themes[themeChoice.value];
  const label = `${word()}: ${texts.themeChange}`;
  return (
    <button type="button" class="icon-button" onClick={nextTheme} title={label} aria-label={label}>
      {shape}
    </button>
  );
}
