/** What is sent is JSON, not line protocol: a Telegraf with another `data_format`, all of whose batches are so. */
export class JsonBodyError extends Error {
  override readonly name = 'JsonBodyError';

  constructor() {
    super('the body is JSON, and hostcast reads line protocol: set data_format = "influx" in telegraf.conf');
  }
}

/**
 * Whether a body begins as Telegraf's JSON does, `{"fields":…`, `{"metrics":[…` or an array of them. A line of
 * line protocol may, too, but no measurement is called so.
 */
export function beginsAsJson(body: Uint8Array): boolean {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 16)).toString('latin1');
  return /^\s*(?:\{\s*"|\[\s*\{)/.test(start);
}

/** The same body. @throws JsonBodyError before anything of it is read */
export async function* refuseJson(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of body) {
    if (isFirst && beginsAsJson(chunk)) throw new JsonBodyError();
    isFirst = false;
    yield chunk;
  }
}
