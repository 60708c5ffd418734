// The parts of the fan-out benchmark: what is asked of the servers, and the tables it becomes. Each takes the turns
// (turns.mjs) and gives its tables.
import { atLeast, atMost, figure, median, table } from '../support/figures.mjs';
import { busyLine, progress, ratioLine, titleOf } from './turns.mjs';

/** Chosen: what sessions, channels, limits and counters may take of what Node gives without them. */
const ofBare = 0.85;
/** What is asked of 1,000 viewers: octets of the body, and how many ticks are under way. */
const thousandCases = [
  ...[200, 2_000, 20_000].map((bytes) => ({ bytes, ahead: 1 })),
  { bytes: 2_000, ahead: 2 },
  ...[200, 2_000].map((bytes) => ({ bytes, ahead: 8 })),
];
/** Of 1,000 viewers, as index in the cases: which peer, and how many times its rate. */
const thousandGoals = [
  ['stomp-broker-js', 0, 1.5],
  ['stomp-broker-js', 1, 3],
  ['stomp-broker-js', 2, 3.5],
  ['RabbitMQ', 1, 7.5],
  ['limit', 1, 0.8],
  ['stomp-broker-js', 3, 6],
  ['limit', 4, 3.5],
  ['limit', 5, 3.5],
  ...thousandCases.map((_, index) => ['bare Node', index, ofBare]),
];
const tenThousandCases = [
  { bytes: 2_000, ahead: 1, seconds: 1 },
  { bytes: 2_000, ahead: 2, seconds: 1 },
];
const idsCases = [2_000, 20_000].map((bytes) => ({ bytes, ahead: 1 }));
const deflateCases = [{ bytes: 20_000, ahead: 1, isTick: true }];
/** Of what is measured for many seconds and compared with no peer. */
const mostRounds = 3;
const ratioHead = ['ratio', 'middle of the rounds', 'goal'];

/** How often each was measured, above the tables. */
export function roundsText(rounds) {
  const fewer = rounds > mostRounds ? ` (restart, slow and idle: ${mostRounds})` : '';
  return `${rounds} rounds${fewer}; connects to RabbitMQ: once.`;
}

/** Ticks to 1,000 viewers, of several sizes, one or more under way. */
export async function thousand(turns) {
  const ofNode = turns.named('hostcast', 'hostcast, interceptor', 'bare Node');
  const names = [...ofNode, ...turns.named('limit', 'uWebSockets', 'ws', 'stomp-broker-js', 'RabbitMQ')];
  // Half a minute is enough for what it takes RabbitMQ to start; there is a goal for this case alone.
  const casesOf = (name) => (name === 'RabbitMQ' ? thousandCases.slice(1, 2) : thousandCases);
  const results = await turns.inTurn('1,000 viewers', names, async (name) => {
    const { figures } = await turns.fanOut(name, 1_000, casesOf(name));
    return name === 'RabbitMQ' ? [undefined, ...figures] : figures;
  });
  const rate = (name, index) => results.map((round) => round[name][index]?.perSecond);
  const rows = names.map((name) => [
    name,
    ...thousandCases.map((_, index) => figure(median(rate(name, index)) / 1_000)),
    figure(median(results.map((round) => round[name][1].microseconds))),
  ]);
  const head = [
    '1,000 viewers, thousand deliveries/s',
    ...thousandCases.map(titleOf),
    'µs of processor each, 2 KB',
  ];
  const lines = thousandGoals
    .filter(([peer]) => names.includes(peer))
    .map(([peer, index, goal]) =>
      ratioLine(
        `1,000 viewers, ${titleOf(thousandCases[index])}: hostcast ÷ ${peer}`,
        results,
        goal,
        (round) => round.hostcast[index].perSecond / round[peer][index].perSecond,
      ),
    );
  const interceptor = (round) => round['hostcast, interceptor'][1].perSecond / round.hostcast[1].perSecond;
  lines.push(ratioLine('with a no-op outbound interceptor ÷ without, 2 KB', results, 0.9, interceptor));
  const busy = busyLine(turns, results, (figures) => figures);
  return `${table(head, rows)}\n\n${table(ratioHead, lines)}\n\n${busy}`;
}

/** The same with 10,000, how quickly they are back, and what they take of memory. */
export async function tenThousand(turns) {
  const names = turns.named('hostcast', 'bare Node', 'limit', 'uWebSockets', 'ws', 'stomp-broker-js');
  const results = await turns.inTurn('10,000 viewers', names, (name) =>
    turns.fanOut(name, 10_000, tenThousandCases),
  );
  const middle = (name, of) => figure(median(results.map((round) => of(round[name]))));
  const rows = names.map((name) => [
    name,
    ...tenThousandCases.map((_, index) => middle(name, ({ figures }) => figures[index].perSecond / 1_000)),
    middle(name, ({ figures }) => figures[0].lastP50),
    middle(name, ({ connectsPerSecond }) => connectsPerSecond),
    middle(name, ({ kibEach }) => kibEach),
  ]);
  const head = [
    '10,000 viewers',
    ...tenThousandCases.map((each) => `thousand deliveries/s, ${titleOf(each)}`),
    'last viewer has a tick after, ms',
    'connects/s with CONNECT and SUBSCRIBE',
    'KiB each',
  ];
  const rates = [
    ['stomp-broker-js', 0, 2.3],
    ['limit', 0, 0.8],
    ['bare Node', 0, ofBare],
    ['bare Node', 1, ofBare],
  ].filter(([peer]) => names.includes(peer));
  const connects = [
    ['stomp-broker-js', 1],
    ['bare Node', undefined],
  ].filter(([peer]) => names.includes(peer));
  const lines = [
    ...rates.map(([peer, index, goal]) =>
      ratioLine(
        `10,000 viewers, ${titleOf(tenThousandCases[index])}: hostcast ÷ ${peer}`,
        results,
        goal,
        (round) => round.hostcast.figures[index].perSecond / round[peer].figures[index].perSecond,
      ),
    ),
    ...connects.map(([peer, goal]) =>
      ratioLine(
        `connects/s: hostcast ÷ ${peer}`,
        results,
        goal,
        (round) => round.hostcast.connectsPerSecond / round[peer].connectsPerSecond,
      ),
    ),
    ...(await stormOfRabbit(turns, results)),
  ];
  const each = median(results.map((round) => round.hostcast.kibEach));
  lines.push(['memory of a subscribed connection, KiB', figure(each), atMost(each, 8)]);
  const busy = busyLine(turns, results, ({ figures }) => figures);
  return `${table(head, rows)}\n\n${table(ratioHead, lines)}\n\n${busy}`;
}

/** 10,000 viewers who come to a process that has served as many before: as when a network was away, not the server. */
export async function again(turns) {
  const names = turns.named('hostcast', 'bare Node', 'limit', 'uWebSockets', 'ws', 'stomp-broker-js');
  const results = await turns.inTurn('10,000 viewers, twice', names, (name) =>
    turns.connectTwice(name, 10_000),
  );
  const middle = (name, of) => figure(median(results.map((round) => of(round[name]))));
  const rows = names.map((name) => [
    name,
    middle(name, ({ first }) => first),
    middle(name, (of) => of.again),
  ]);
  const lines = turns
    .named('stomp-broker-js', 'bare Node')
    .map((peer) =>
      ratioLine(
        `connects/s to the same again: hostcast ÷ ${peer}`,
        results,
        undefined,
        (round) => round.hostcast.again / round[peer].again,
      ),
    );
  const head = ['connects/s with CONNECT and SUBSCRIBE, 10,000 viewers', 'a new process', 'the same again'];
  return `${table(head, rows)}\n\n${table(ratioHead, lines)}`;
}

/** RabbitMQ takes half a minute for what others do in a second: 2,000 connections, once. */
async function stormOfRabbit(turns, results) {
  if (!turns.servers.RabbitMQ) return [];
  progress('connects to RabbitMQ');
  const { connectsPerSecond } = await turns.withServer('RabbitMQ', (server, load) =>
    turns.connect(server, load, 2_000),
  );
  const ratio = median(results.map((round) => round.hostcast.connectsPerSecond)) / connectsPerSecond;
  return [['connects/s: hostcast ÷ RabbitMQ (2,000, once)', figure(ratio), atLeast(ratio, 18)]];
}

/** 10,000 viewers whose server is killed and started anew: they come back as the page does, after jittered waits. */
export async function restart(turns) {
  const results = [];
  for (let round = 0; round < Math.min(turns.rounds, mostRounds); round++) {
    progress(`10,000 viewers of a server that is killed, round ${round + 1}`);
    results.push(await turns.restart('hostcast', 10_000));
  }
  const seconds = median(results.map((round) => round.seconds));
  const p99 = median(results.map((round) => round.p99));
  // Nobody listens for as long as Node takes to start.
  const others = results.flatMap(({ failures }) => failures.filter(([what]) => what !== 'ECONNREFUSED'));
  const failed = others.reduce((sum, [, count]) => sum + count, 0);
  for (const [what, count] of others) progress(`${count} attempts failed: ${what}`);
  return table(
    ['10,000 viewers whose server is killed and started anew', 'middle of the rounds', 'goal'],
    [
      ['all are back after, s', figure(seconds), atMost(seconds, 15)],
      ['a connect with CONNECT and SUBSCRIBE takes, p99, ms', figure(p99), atMost(p99, 2_000)],
      ['attempts that failed though it listened, in all rounds', figure(failed), atMost(failed, 0)],
    ],
  );
}

/** 5,000 viewers of 500 topics, 64 messages under way. */
export async function topics(turns) {
  const names = turns.named('hostcast', 'bare Node', 'limit', 'uWebSockets', 'ws', 'stomp-broker-js');
  const results = await turns.inTurn('500 topics', names, (name) =>
    turns.withServer(name, async (server, load) => {
      await turns.connect(server, load, 5_000, { topics: 500 });
      await load.order('publish', { bytes: 200, ahead: 64, seconds: 0.5, topics: 500 });
      return await turns.publish(name, load, { bytes: 200, ahead: 64, topics: 500 });
    }),
  );
  const rows = names.map((name) => [
    name,
    figure(median(results.map((round) => round[name].perSecond)) / 1_000),
  ]);
  const goals = { 'stomp-broker-js': 15, 'bare Node': ofBare };
  const lines = turns
    .named(...Object.keys(goals))
    .map((peer) =>
      ratioLine(
        `500 topics: hostcast ÷ ${peer}`,
        results,
        goals[peer],
        (round) => round.hostcast.perSecond / round[peer].perSecond,
      ),
    );
  const head = ['500 topics of 10 viewers, 200 B, 64 messages under way', 'thousand deliveries/s'];
  return `${table(head, rows)}\n\n${table(ratioHead, lines)}`;
}

/** 1,000 viewers, each of whom calls its subscription something else: no two get the same octets. */
export async function ids(turns) {
  const names = turns.named('hostcast', 'bare Node', 'ws', 'stomp-broker-js');
  const results = await turns.inTurn('1,000 ids', names, async (name) => ({
    own: (await turns.fanOut(name, 1_000, idsCases, { hasOwnIds: true })).figures,
    shared: name === 'hostcast' && (await turns.fanOut(name, 1_000, idsCases)).figures,
  }));
  const rate = (of, index) => figure(median(results.map((round) => of(round)[index].perSecond)) / 1_000);
  const row = (name, of) => [name, ...idsCases.map((_, index) => rate(of, index))];
  const rows = [
    ...names.map((name) => row(name, (round) => round[name].own)),
    row('hostcast, one id for all', (round) => round.hostcast.shared),
  ];
  const head = ['1,000 viewers, an id for each, thousand deliveries/s', ...idsCases.map(titleOf)];
  const lines = turns
    .named('bare Node', 'ws', 'stomp-broker-js')
    .flatMap((peer) =>
      idsCases.map((each, index) =>
        ratioLine(
          `an id for each, ${titleOf(each)}: hostcast ÷ ${peer}`,
          results,
          peer === 'bare Node' ? ofBare : undefined,
          (round) => round.hostcast.own[index].perSecond / round[peer].own[index].perSecond,
        ),
      ),
    );
  return `${table(head, rows)}\n\n${table(ratioHead, lines)}`;
}

/** Ticks of 20 KB to 1,000 viewers that can read permessage-deflate. */
export async function deflate(turns) {
  const names = turns.named('hostcast, deflate', 'hostcast', 'ws, deflate');
  const results = await turns.inTurn('deflate', names, async (name) => {
    const { figures, kibEach } = await turns.fanOut(name, 1_000, deflateCases, { isDeflating: true });
    return { ...figures[0], kibEach };
  });
  const middle = (name, of) => median(results.map((round) => of(round[name])));
  const rows = names.map((name) => [
    name === 'hostcast' ? 'hostcast, not compressing' : name,
    figure(middle(name, ({ perSecond }) => perSecond / 1_000)),
    figure(middle(name, ({ microseconds }) => microseconds)),
    figure(middle(name, ({ octetsEach }) => octetsEach)),
    figure(middle(name, ({ lastP50 }) => lastP50)),
    figure(middle(name, ({ kibEach }) => kibEach)),
  ]);
  const head = [
    '1,000 viewers with permessage-deflate, ticks of 20 KB',
    'thousand deliveries/s',
    'µs of processor each',
    'octets each',
    'last viewer has a tick after, ms',
    'KiB each',
  ];
  const perSecond = (peer) => (round) => round['hostcast, deflate'].perSecond / round[peer].perSecond;
  const share =
    middle('hostcast, deflate', ({ octetsEach }) => octetsEach) /
    middle('hostcast', ({ octetsEach }) => octetsEach);
  const lines = [
    ratioLine('deliveries/s: hostcast, deflate ÷ ws, deflate', results, 55, perSecond('ws, deflate')),
    ratioLine('deliveries/s: hostcast, deflate ÷ hostcast', results, undefined, perSecond('hostcast')),
    ['octets on the wire, % of those not compressed', figure(share * 100), atMost(share * 100, 31, ' %')],
  ];
  return `${table(head, rows)}\n\n${table(ratioHead, lines)}`;
}

/** Of 1,000 viewers, every tenth. */
const stoppedCount = 100;
/** The kernel takes some 4 MB for a client that reads nothing; a step is less than 200 KB. */
const mostFillSteps = 200;

/** A tick of 2 KB every 20 ms to 1,000 viewers, of whom a tenth reads nothing. */
export async function slow(turns) {
  const measure = (isStopping) =>
    turns.withServer('hostcast', async (server, load) => {
      await turns.connect(server, load, 1_000);
      if (isStopping) await fallBehind(server, load);
      await load.order('publish', { bytes: 2_000, ahead: 1, seconds: 1, everyMs: 20 });
      const argument = { bytes: 2_000, ahead: 1, seconds: 5, everyMs: 20 };
      const { lastP99 } = await turns.publish('hostcast', load, argument);
      const behind = await server.behind();
      if (isStopping && behind === 0)
        throw new Error('nobody had something waiting, though a tenth reads nothing');
      return { lastP99, behind };
    });
  const results = [];
  for (let round = 0; round < Math.min(turns.rounds, mostRounds); round++) {
    progress(`slow viewers, round ${round + 1}`);
    results.push({ all: await measure(false), rest: await measure(true) });
  }
  const of = (name) => median(results.map((round) => round[name].lastP99));
  const moved = median(results.map(({ all, rest }) => rest.lastP99 - all.lastP99));
  const behind = Math.min(...results.map(({ rest }) => rest.behind));
  return table(
    ['1,000 viewers, 2 KB every 20 ms: the last viewer that reads has a tick after', 'p99, ms', 'goal'],
    [
      ['all read', figure(of('all')), ''],
      ['a tenth reads nothing', figure(of('rest')), ''],
      ['moved by', figure(Math.max(0, moved)), atMost(moved, 20)],
      [`of the ${stoppedCount} stopped ones, had something waiting at the end`, String(behind), ''],
    ],
  );
}

/** Stops a tenth, and publishes until the kernel takes no more for them: from then on it waits in the server. */
async function fallBehind(server, load) {
  await load.order('stop', { every: 1_000 / stoppedCount });
  for (let step = 0; step < mostFillSteps && (await server.behind()) < stoppedCount; step++) {
    await load.order('publish', { bytes: 20_000, ahead: 1, seconds: 0.05 });
  }
}

/**
 * After the last connect. Each viewer has had its first heart-beat by then, and V8 has given back what the connects took:
 * it does so when 30 to 50 s were quiet, in three collections, which are a fifth of what 20 idle seconds take.
 */
const settleSeconds = 60;

/** 10,000 viewers to whom nothing is published: heart-beats of 10 s both ways. */
export async function idle(turns) {
  const measure = (name) =>
    turns.withServer(name, async (server, load) => {
      await turns.connect(server, load, 10_000, { heartbeat: '10000,10000' });
      await load.order('idle', { seconds: settleSeconds });
      const before = server.cpuSeconds();
      await load.order('idle', { seconds: 20 });
      return ((server.cpuSeconds() - before) / 20) * 100;
    });
  const results = [];
  for (let round = 0; round < Math.min(turns.rounds, mostRounds); round++) {
    progress(`10,000 idle viewers, round ${round + 1}`);
    results.push({ hostcast: await measure('hostcast'), bare: await measure('bare Node') });
  }
  const of = (name) => median(results.map((round) => round[name]));
  return table(
    ['10,000 viewers idle for a minute, heart-beats of 10 s both ways', '% of a core', 'goal'],
    [
      ['hostcast', figure(of('hostcast')), atMost(of('hostcast'), 3, ' %')],
      ['bare Node', figure(of('bare')), ''],
    ],
  );
}
