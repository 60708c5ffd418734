import { computed, signal } from '@preact/signals';
import {
  type ComponentChildren,
  type ComponentType,
  createContext,
  h,
  toChildArray,
  type VNode,
} from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';

/** What the address says. */
export interface Place {
  /** Path and query as they are written. */
  readonly url: string;
  /** Without a slash at its end. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Goes to a path with its query; `replace`: instead of the present entry of the browser's history. */
  route(to: string, replace?: boolean): void;
}

interface RouteProps {
  /** Segments; `:name` takes any one. */
  readonly path?: string;
  /** Where no other matches. */
  readonly default?: boolean;
  readonly component: ComponentType;
}

interface RouterProps {
  /** Routes; a default is the last. */
  readonly children: ComponentChildren;
  readonly onRouteChange: () => void;
}

const address = signal(here());
const place = computed<Place>(() => {
  const { pathname, searchParams } = new URL(address.value, 'http://page');
  return {
    url: address.value,
    path: pathname.replace(/\/+$/, '') || '/',
    query: Object.fromEntries(searchParams),
    route,
  };
});
/** What stands for the names in the path of the route that is shown. */
const Params = createContext<Readonly<Record<string, string>>>({});

/** The place that is shown; who uses it is rendered anew when that changes. */
export function useLocation(): Place {
  return place.value;
}

/** The place, and what stands for the names in its route's path. */
export function useRoute(): Place & { readonly params: Readonly<Record<string, string>> } {
  return { ...place.value, params: useContext(Params) };
}

/** One route of a `Router`. */
export function Route({ component: Component }: RouteProps) {
  return h(Component, null);
}

/** Follows links of the page without loading it anew, and the browser's history, as long as it is mounted. */
export function useLinks(): void {
  useEffect(() => {
    const back = (): void => show(here());
    addEventListener('popstate', back);
    document.addEventListener('click', follow);
    return () => {
      removeEventListener('popstate', back);
      document.removeEventListener('click', follow);
    };
  }, []);
}

/** The first of its routes that matches the address. `onRouteChange` is called when the path has become another one. */
export function Router({ children, onRouteChange }: RouterProps) {
  const { path } = place.value;
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) onRouteChange();
    before.current = path;
  }, [path]);
  const routes = toChildArray(children) as VNode<RouteProps>[];
  for (const shown of routes) {
    const params = shown.props.default ? {} : matched(shown.props.path ?? '', path);
    if (params) return h(Params.Provider, { value: params, children: shown });
  }
  return null;
}

/** What stands for the names of a pattern; undefined where the path is another one, or its percent-encoding is broken. */
export function matched(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const text = given[index] ?? '';
    if (!segment.startsWith(':')) {
      if (segment !== text) return undefined;
    } else {
      try {
        found[segment.slice(1)] = decodeURIComponent(text);
      } catch {
        return undefined;
      }
    }
  }
  return found;
}

function route(to: string, replace = false): void {
  const { pathname } = location;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  show(here());
  // Another stretch or order of the same thing stays where it was looked at.
  if (!replace && location.pathname !== pathname) scrollTo(0, 0);
}

function show(to: string): void {
  address.value = to;
}

function here(): string {
  return globalThis.location === undefined ? '/' : location.pathname + location.search;
}

/** Takes a click on a link of this page; what the browser does of itself with others, or with a key held, it does. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
  if (link.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  route(link.pathname + link.search);
}
