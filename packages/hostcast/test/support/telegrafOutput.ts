import { type Answer, TelegrafClient } from './telegrafClient.ts';

export type OutputKind = 'influxdb' | 'influxdb_v2' | 'influxdb_v3' | 'http';

const paths: Readonly<Record<OutputKind, string>> = {
  influxdb: '/write?db=telegraf',
  influxdb_v2: '/api/v2/write?bucket=telegraf&org=hostcast',
  influxdb_v3: '/api/v3/write_lp?db=telegraf',
  http: '/telegraf',
};

/** How each output sends a token; outputs.influxdb_v2 sends the header without one, too. */
const credentials: Readonly<Record<OutputKind, (token: string) => Record<string, string>>> = {
  influxdb: (token) =>
    token === '' ? {} : { authorization: `Basic ${Buffer.from(`telegraf:${token}`).toString('base64')}` },
  influxdb_v2: (token) => ({ authorization: `Token ${token}` }),
  influxdb_v3: (token): Record<string, string> => (token === '' ? {} : { authorization: `Bearer ${token}` }),
  http: (token): Record<string, string> => (token === '' ? {} : { authorization: `Bearer ${token}` }),
};

/**
 * The buffer and the output of a Telegraf, which decides by the answer what it keeps, as its Go code does
 * (plugins/outputs/influxdb/http.go writeBatch and validateResponse, influxdb_v2/http.go writeBatch,
 * influxdb_v3/client.go writeBatch, http/http.go writeMetric).
 */
export class TelegrafOutput {
  token = '';
  /** Batches that could not be sent yet. */
  kept: string[] = [];
  readonly dropped: string[] = [];
  readonly answers: Answer[] = [];
  readonly #kind: OutputKind;
  readonly #client: TelegrafClient;

  constructor(kind: OutputKind, port: number) {
    this.#kind = kind;
    this.#client = new TelegrafClient(port);
  }

  /** Takes a batch into the buffer and sends what is there, the oldest first, up to the first that stays. */
  async flush(batch: string): Promise<void> {
    this.kept.push(batch);
    while (this.kept.length > 0) {
      const answer = await this.#client.sendBatch(
        paths[this.#kind],
        this.kept[0]!,
        credentials[this.#kind](this.token),
      );
      this.answers.push(answer);
      const fate = fates[this.#kind](answer);
      if (fate === 'keep') return;
      const [done] = this.kept.splice(0, 1);
      if (fate === 'drop') this.dropped.push(done!);
    }
  }

  close(): void {
    this.#client.close();
  }
}

type Fate = 'done' | 'drop' | 'keep';

const droppingWords =
  /partial write|unable to parse|points beyond retention policy|retention policy not found|hinted handoff queue not empty/;

const fates: Readonly<Record<OutputKind, (answer: Answer) => Fate>> = {
  influxdb({ status, body }) {
    if (status === 204) return 'done';
    const error = jsonError(body);
    if (error === undefined) return 'keep';
    if (error.includes('database not found')) return 'keep';
    return Math.floor(status / 100) === 4 || droppingWords.test(error) ? 'drop' : 'keep';
  },
  influxdb_v2: ({ status }) => fateOfV2(status),
  influxdb_v3: ({ status }) => fateOfV2(status),
  http: ({ status }) => (status >= 200 && status < 300 ? 'done' : 'keep'),
};

function fateOfV2(status: number): Fate {
  if ([200, 201, 202, 204, 206, 207, 208].includes(status)) return 'done';
  if ([401, 403, 413, 429].includes(status)) return 'keep';
  return Math.floor(status / 100) === 4 ? 'drop' : 'keep';
}

/** The `error` of a JSON body, '' where there is none or no body; undefined where the body is not JSON. */
function jsonError(body: string): string | undefined {
  if (body === '') return '';
  try {
    const value = JSON.parse(body) as { error?: string } | null;
    return value?.error ?? '';
  } catch {
    return undefined;
  }
}
