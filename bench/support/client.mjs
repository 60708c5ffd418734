// An HTTP client with connections that stay, as Telegraf's and a good poller's do.
import { Agent, request } from 'node:http';

/** Requests to one server. */
export class Client {
  #agent;
  #url;

  constructor(url, { connections = 8 } = {}) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Posts a body with its length, or in chunks (as Telegraf does) where the headers say so. */
  post(path, body, headers = {}) {
    const isChunked = headers['transfer-encoding'] === 'chunked';
    const length = isChunked ? {} : { 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', agent: this.#agent, headers: { ...length, ...headers } };
      const posted = request(this.#url + path, options, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode, text: Buffer.concat(parts).toString('utf8') });
        });
      });
      posted.on('error', reject);
      posted.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/** Lines into a database of an InfluxDB; resolves when they are durable. */
export async function writeTo(client, database, body) {
  const { status, text } = await client.post(`/write?db=${database}`, body);
  if (status !== 204) throw new Error(`InfluxDB answered ${status} to a write: ${text}`);
}
