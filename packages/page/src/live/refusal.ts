/** Of a reason that the server gives, characters. */
const longestReason = 300;

/** What the server says of an answer that is none: its JSON's `error`, else the status. */
export async function refusalReason(response: Response): Promise<string> {
  const status = `HTTP ${response.status}`;
  try {
    const body: unknown = await response.json();
    return (isRefusal(body) && body.error.slice(0, longestReason)) || status;
  } catch {
    return status;
  }
}

function isRefusal(body: unknown): body is { error: string } {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string';
}
