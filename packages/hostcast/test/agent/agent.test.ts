import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Agent } from '../../src/agent/agent.ts';
import type { Answer, Sender } from '../../src/agent/httpSender.ts';
import { FakeClock, settle } from '../support/fakeClock.ts';

/** A network that answers as it is told, in turn, and then 204. */
class FakeNetwork implements Sender {
  readonly bodies: string[] = [];
  readonly answers: (Answer | Error)[] = [];
  isClosed = false;

  async send(lines: string): Promise<Answer> {
    this.bodies.push(lines.replaceAll('\n', ' ').trim());
    const answer = this.answers.shift() ?? status(204);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  close(): void {
    this.isClosed = true;
  }
}

const status = (code: number, retryAfterMs?: number): Answer => ({ status: code, message: '', retryAfterMs });

function setUp({ lines = 1_000, batch = 100, random = 0 } = {}) {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const logged: { msg: string; [field: string]: unknown }[] = [];
  const log = pino({ base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const agent = new Agent({
    sender: network,
    log,
    clock,
    buffer: { lines, bytes: 1_000_000 },
    batch: { lines: batch, bytes: 10_000 },
    random: () => random,
  });
  const push = async (...texts: string[]) => {
    agent.push(texts.map((text) => `${text}\n`));
    await settle();
  };
  return { clock, network, agent, push, logged, messages: () => logged.map(({ msg }) => msg) };
}

describe('the agent', () => {
  it('sends what it gets at once, in batches', async () => {
    const { network, push, agent } = setUp({ batch: 2 });
    await push('a', 'b', 'c');
    expect(network.bodies).toEqual(['a b', 'c']);
    expect(agent.waiting).toBe(0);
  });

  it.each([401, 403, 404, 408, 429, 500, 502, 503, 200, 302])(
    'keeps everything when it is answered %i',
    async (code) => {
      const { clock, network, push, agent } = setUp();
      network.answers.push(status(code));
      await push('a');
      await push('b');
      expect(agent.waiting).toBe(2);
      await clock.advance(1_000);
      expect(network.bodies).toEqual(['a', 'a b']);
      expect(agent.waiting).toBe(0);
    },
  );

  it('tries again later each time, with jitter, up to a minute, and says so once', async () => {
    const { clock, network, push, messages } = setUp();
    for (let i = 0; i < 12; i += 1) network.answers.push(new Error('refused'));
    await push('a');
    const waits: number[] = [];
    let lastMs = clock.monotonicMs();
    while (network.bodies.length < 13) {
      const { length } = network.bodies;
      while (network.bodies.length === length) await clock.advance(100);
      waits.push(clock.monotonicMs() - lastMs);
      lastMs = clock.monotonicMs();
    }
    expect(waits).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000, 30_000,
    ]);
    expect(messages()).toEqual(['hostcast takes no figures: they are kept', 'hostcast takes figures again']);
  });

  it('waits as long as Retry-After says, and a little more', async () => {
    const { clock, network, push } = setUp({ random: 0.5 });
    network.answers.push(status(503, 20_000));
    await push('a');
    await clock.advance(20_000);
    expect(network.bodies).toHaveLength(1);
    await clock.advance(250);
    expect(network.bodies).toHaveLength(2);
  });

  it('halves a batch that is too large, keeps the order, and grows again', async () => {
    const { network, push } = setUp({ batch: 4 });
    network.answers.push(status(413), status(413));
    await push('a', 'b', 'c', 'd', 'e', 'f', 'g');
    expect(network.bodies).toEqual(['a b c d', 'a b', 'a', 'b c', 'd e f g']);
  });

  it('drops a line that is too large alone, and a batch that is refused, with a line in the log', async () => {
    const { network, push, agent, logged } = setUp();
    network.answers.push(status(413), {
      status: 400,
      message: 'partial write: 1 bad line',
      retryAfterMs: undefined,
    });
    await push('a');
    await push('b', 'c');
    await push('d');
    expect(network.bodies).toEqual(['a', 'b c', 'd']);
    expect(agent.waiting).toBe(0);
    expect(logged).toMatchObject([
      { level: 40, status: 413, lines: 1, msg: 'hostcast refused these lines: they are dropped' },
      {
        level: 40,
        status: 400,
        lines: 2,
        reason: 'partial write: 1 bad line',
        msg: 'hostcast has left out some of these lines, which are dropped, and stored the others',
      },
    ]);
  });

  it('drops the oldest where too much waits, and says how many', async () => {
    const { clock, network, push, logged } = setUp({ lines: 3 });
    network.answers.push(new Error('refused'));
    await push('a', 'b');
    await push('c', 'd', 'e');
    expect(logged.at(-1)).toMatchObject({ dropped: 2, msg: 'too much waits: the oldest lines are dropped' });
    await clock.advance(1_000);
    expect(network.bodies.at(-1)).toBe('c d e');
  });

  it('sends once more when it stops, and says what is lost', async () => {
    const { clock, network, push, agent, logged } = setUp();
    network.answers.push(new Error('refused'), new Error('refused again'));
    await push('a');
    await agent.close();
    expect(network.bodies).toEqual(['a', 'a']);
    expect(logged.at(-1)).toMatchObject({
      lines: 1,
      reason: 'refused again',
      msg: 'lines are lost that could not be sent',
    });
    expect([network.isClosed, clock.timers]).toEqual([true, 0]);
  });

  it('loses nothing when it stops and hostcast is there', async () => {
    const { network, push, agent, messages } = setUp();
    network.answers.push(status(503, 60_000));
    await push('a');
    await agent.close();
    expect(network.bodies).toEqual(['a', 'a']);
    expect(messages().at(-1)).toBe('hostcast takes figures again');
  });
});
