const shownCharacters = 8;

/** As much of a session's id as tells it from others, so that its connect and its disconnect are seen to be one's. */
export function SessionId({ id }: { id: string | null }) {
  return id === null ? null : <code title={id}>{id.slice(0, shownCharacters)}</code>;
}
