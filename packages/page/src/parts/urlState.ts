import { useLocation } from '../router.ts';

/** Values to put into the address' query; undefined and '' take a key out of it. */
export type QueryChanges = Readonly<Record<string, string | undefined>>;

/**
 * What the address' query says, and a way to change it: the page is then rendered anew. A change replaces the entry in
 * the browser's history, so that "back" leads to the place before and not through every choice made in this one, but for
 * a step that "back" is to undo.
 */
export function useQuery(): readonly [
  query: Readonly<Record<string, string>>,
  change: (changes: QueryChanges, isStep?: boolean) => void,
] {
  const { query, path, route } = useLocation();
  return [query, (changes, isStep) => route(path + changedQuery(location.search, changes), !isStep)];
}

/** The query with the changes made, in the order in which its keys came; '' where nothing is left. */
export function changedQuery(search: string, changes: QueryChanges): string {
  const query = new URLSearchParams(search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
