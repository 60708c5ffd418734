// Rounds in which every server has its turn, and what is asked of one: what all parts of the fan-out benchmark share.
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, figure, median } from '../support/figures.mjs';

/** Before each figure, and not part of it. Chosen: V8 has compiled by then what a case needs, as every server has soon. */
const warmSeconds = 0.5;
/** Above it the clients may be what holds a server up. */
const mostBusy = 0.9;

/** The turns of these servers: `rounds` of them, and `seconds` for each figure; `startLoad` starts their clients. */
export class Turns {
  constructor({ servers, startLoad, rounds, seconds }) {
    this.servers = servers;
    this.startLoad = startLoad;
    this.rounds = rounds;
    this.seconds = seconds;
  }

  /** Those of these servers that are here. */
  named(...names) {
    return names.filter((name) => this.servers[name] !== undefined);
  }

  /** Gives every server its turn in every round. */
  async inTurn(title, names, act) {
    const results = [];
    for (let round = 0; round < this.rounds; round++) {
      const figures = {};
      for (const name of names) {
        progress(`${title}, round ${round + 1} of ${this.rounds}: ${name}`);
        figures[name] = await act(name);
      }
      results.push(figures);
    }
    return results;
  }

  /** Ticks to so many viewers, a figure for each case; `more` is for the clients: see orders.mjs. */
  fanOut(name, count, cases, more = {}) {
    return this.withServer(name, async (server, load) => {
      const emptyMib = server.residentMib();
      const { connectsPerSecond } = await this.connect(server, load, count, more);
      const kibEach = ((server.residentMib() - emptyMib) * 1_024) / count;
      const figures = [];
      for (const each of cases) {
        // What a server does for the first time, V8 compiles meanwhile.
        await load.order('publish', { ...each, seconds: warmSeconds });
        const before = server.cpuSeconds();
        const result = await this.publish(name, load, each);
        const microseconds = ((server.cpuSeconds() - before) / result.deliveries) * 1e6;
        figures.push({ ...result, microseconds });
      }
      return { figures, connectsPerSecond, kibEach };
    });
  }

  /** Publishes for as long as a figure is measured; tells where the clients could hardly do more. */
  async publish(name, load, argument) {
    const result = await load.order('publish', { seconds: this.seconds, ...argument });
    if (result.busy > mostBusy) {
      progress(`${name}, ${titleOf(argument)}: the clients were ${figure(result.busy)} busy`);
    }
    return result;
  }

  async connect({ port, path, hasReceipts }, load, count, more = {}) {
    const { seconds } = await load.order('open', { port, path, count, hasReceipts, ...more });
    return { connectsPerSecond: count / seconds };
  }

  /** Connects/s of so many viewers to a new process, and of as many to the same one when the first ones are gone. */
  connectTwice(name, count) {
    return this.withServer(name, async (server, load) => {
      const first = await this.connect(server, load, count);
      await load.stop();
      await quiet(server);
      const others = this.startLoad();
      try {
        const again = await this.connect(server, others, count);
        return { first: first.connectsPerSecond, again: again.connectsPerSecond };
      } finally {
        await others.stop();
      }
    });
  }

  /** A server with viewers is killed and started anew at its port; what it took them to come back. */
  restart(name, count) {
    return this.withServer(name, async (server, load) => {
      await this.connect(server, load, count);
      const back = load.order('comeBack');
      await server.kill();
      const again = await this.servers[name].start(server.port);
      try {
        return await back;
      } finally {
        await again.stop();
      }
    });
  }

  async withServer(name, act) {
    const { start, hasReceipts = true } = this.servers[name];
    const server = { ...(await start()), hasReceipts };
    const load = this.startLoad();
    try {
      return await act(server, load);
    } catch (error) {
      throw new Error(`${name}: ${error.message}`, { cause: error });
    } finally {
      await load.stop();
      await server.stop();
    }
  }
}

/** Waits until a server has nothing to do. */
async function quiet(server) {
  for (let before = -1; server.cpuSeconds() > before; ) {
    before = server.cpuSeconds();
    await delay(500);
  }
}

/** A line of a table of ratios: the middle of the rounds, beside its goal if there is one. */
export function ratioLine(title, results, goal, of) {
  const ratio = median(results.map(of));
  return [title, figure(ratio), goal === undefined ? '' : atLeast(ratio, goal)];
}

/** The highest share of the time in which the clients were busy, beside those that they could hold up. */
export function busyLine(turns, results, figuresOf) {
  const shares = turns.named('hostcast', 'bare Node', 'limit').map((name) => {
    const all = results.flatMap((round) => figuresOf(round[name]).map(({ busy }) => busy));
    return `${figure(Math.max(...all))} beside ${name}`;
  });
  return `The clients were busy for at most this share of the time: ${shares.join(', ')}.`;
}

/** `2 KB, 1 under way` */
export function titleOf({ bytes, ahead }) {
  const size = bytes < 1_000 ? `${bytes} B` : `${bytes / 1_000} KB`;
  return `${size}, ${ahead} under way`;
}

/** Progress goes to stderr, so that the tables can be kept. */
export function progress(text) {
  process.stderr.write(`… ${text}\n`);
}
