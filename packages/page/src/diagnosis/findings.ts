import { ageText, thinSpace } from '../format.ts';
import { isOverdue } from '../live/age.ts';
import type { LinkFacts } from '../live/facts.ts';
import type { Fleet } from '../live/snapshots.ts';
import type { Link } from '../live/status.ts';
import { visibleText } from '../names/visible.ts';
import type { DiagnosisTexts } from '../texts/diagnosisEn.ts';
import type { Probe } from './probe.ts';

export type Verdict = 'ok' | 'warn' | 'bad' | 'unknown';

/** One thing that was looked at: how it is, in a few words, and what to do about it. */
export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly text: string;
  readonly hint?: string;
}

/** What the findings are made of. */
export interface Evidence {
  /** Undefined while it is asked. */
  readonly probe: Probe | undefined;
  readonly link: Link;
  readonly facts: Readonly<LinkFacts>;
  readonly fleet: Fleet | undefined;
  readonly isOnline: boolean;
  /** Now by this machine's clock and by the server's, epoch ms. */
  readonly localMs: number;
  readonly serverMs: number;
  /** What a role is called. */
  readonly roleText: (role: string) => string;
}

/** A clock that is off by more is told, ms. */
const skewMs = 30_000;
/** What is less than this nobody can tell from the way that a message takes, ms. */
const exactMs = 1_500;
const namedHosts = 3;

/** From the network up to the figures: each stands on those before it. */
export function findings(evidence: Evidence, words: DiagnosisTexts): Finding[] {
  const { link, fleet } = evidence;
  const isConnected = link.phase === 'connected';
  return [
    httpFinding(evidence, words),
    loginFinding(evidence, words),
    upgradeFinding(evidence, words),
    connectFinding(evidence, words),
    ...(isConnected ? [heartbeatFinding(evidence, words), roundTripFinding(evidence, words)] : []),
    ...(fleet ? [clockFinding(evidence, words)] : []),
    dataFinding(evidence, words),
    ...roundsFinding(evidence, words),
    ...skewFinding(evidence, words),
  ];
}

function httpFinding({ probe, isOnline }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.http;
  if (!probe) return { name, verdict: 'unknown', text: words.checking };
  const { http } = probe;
  if (http.kind === 'ok') return { name, verdict: 'ok', text: words.answersIn(Math.ceil(http.tookMs)) };
  if (http.kind === 'other') {
    return { name, verdict: 'bad', text: words.proxyAnswers(http.status), hint: words.proxyHint };
  }
  return {
    name,
    verdict: 'bad',
    text: words.noAnswer,
    hint: isOnline ? words.serverHint : words.offlineHint,
  };
}

function loginFinding({ probe, roleText }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.login;
  switch (probe?.who.kind) {
    case 'open':
      return { name, verdict: 'ok', text: words.noLogin };
    case 'in':
      return {
        name,
        verdict: 'ok',
        text: words.signedIn(visibleText(probe.who.user.name), roleText(probe.who.user.role)),
      };
    case 'out':
      return { name, verdict: 'bad', text: words.signedOut };
    case 'failed':
      return { name, verdict: 'bad', text: visibleText(probe.who.reason) };
    case 'busy':
    case 'unreachable':
    case undefined:
      return { name, verdict: 'unknown', text: probe ? words.unknown : words.checking };
  }
}

function upgradeFinding({ link, facts, probe }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.upgrade;
  if (link.phase === 'connected') return { name, verdict: 'ok', text: words.upgraded };
  if (link.phase === 'connecting' && facts.lastEnd === undefined) {
    return { name, verdict: 'unknown', text: words.checking };
  }
  if (facts.stage !== 'closed') return { name, verdict: 'ok', text: words.upgraded };
  if (probe?.http.kind !== 'ok') return { name, verdict: 'bad', text: words.noAnswer };
  return { name, verdict: 'bad', text: words.notUpgraded, hint: words.upgradeHint };
}

function connectFinding({ link, facts }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.connect;
  if (link.phase === 'connected') {
    return { name, verdict: 'ok', text: words.connected(facts.version, visibleText(facts.session)) };
  }
  const reason = facts.lastEnd?.reason ?? '';
  const text = reason === '' ? words.notConnected : visibleText(reason);
  if (link.phase === 'ended') return { name, verdict: 'bad', text };
  return { name, verdict: facts.lastEnd ? 'bad' : 'unknown', text, hint: words.connectHint };
}

function heartbeatFinding({ facts, localMs }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.heartbeat;
  if (facts.heartbeatMs === 0) return { name, verdict: 'warn', text: words.heardNone };
  const agoMs = Math.max(0, localMs - facts.heardMs);
  const verdict = agoMs > 1.5 * facts.heartbeatMs ? 'warn' : 'ok';
  return { name, verdict, text: words.heard(ageText(facts.heartbeatMs), ageText(agoMs)) };
}

function roundTripFinding({ facts }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.roundTrip;
  const { roundTripMs, messages, skipped } = facts;
  if (roundTripMs === undefined) return { name, verdict: 'unknown', text: words.checking };
  const text = words.messages(msText(roundTripMs), messages);
  if (skipped === 0) return { name, verdict: roundTripMs > 1_000 ? 'warn' : 'ok', text };
  return { name, verdict: 'warn', text, hint: words.skipped(skipped) };
}

function clockFinding({ link, localMs, serverMs }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.clock;
  // Since the server was heard last, either clock may have been set.
  if (link.phase !== 'connected') return { name, verdict: 'unknown', text: words.unknown };
  const aheadMs = localMs - serverMs;
  if (Math.abs(aheadMs) < exactMs) return { name, verdict: 'ok', text: words.agrees };
  const by = ageText(Math.abs(aheadMs));
  const text = aheadMs > 0 ? words.ahead(by) : words.behind(by);
  if (Math.abs(aheadMs) < skewMs) return { name, verdict: 'ok', text };
  return { name, verdict: 'warn', text, hint: words.clockHint };
}

function dataFinding({ fleet, link, serverMs }: Evidence, words: DiagnosisTexts): Finding {
  const name = words.data;
  if (!fleet) return { name, verdict: 'unknown', text: words.noSnapshot };
  if (fleet.source !== 'live')
    return { name, verdict: 'bad', text: visibleText(fleet.source), hint: words.sourceHint };
  const age = ageText(Math.max(0, serverMs - fleet.time));
  const verdict = isOverdue(fleet, serverMs) ? 'bad' : link.phase === 'connected' ? 'ok' : 'unknown';
  return { name, verdict, text: words.snapshot(age, ageText(fleet.intervalMs)) };
}

function roundsFinding({ probe }: Evidence, words: DiagnosisTexts): Finding[] {
  if (!probe?.rounds) return [];
  const { count, seconds, lastSeconds, failures } = probe.rounds;
  const [last, mean] = [lastSeconds, seconds / count].map((each) => msText(each * 1_000));
  const finding = { name: words.queries, text: words.queryTime(last ?? '', mean ?? '', count) };
  if (failures === 0) return [{ ...finding, verdict: 'ok' }];
  return [{ ...finding, verdict: 'warn', hint: words.failures(failures) }];
}

function skewFinding({ fleet }: Evidence, words: DiagnosisTexts): Finding[] {
  const skewed = (fleet?.hosts ?? []).filter((row) => Math.abs(row.skewMs ?? 0) > skewMs);
  if (skewed.length === 0) return [];
  const named = skewed.slice(0, namedHosts).map(({ host, skewMs: byMs }) => {
    const sign = (byMs ?? 0) > 0 ? '+' : '−';
    return `${visibleText(host)} ${sign}${ageText(Math.abs(byMs ?? 0))}`;
  });
  const text = words.skewed(named.join(', '), skewed.length - named.length);
  return [{ name: words.hostClocks, verdict: 'warn', text, hint: words.skewHint }];
}

/** `0.4 ms`, `12 ms`. */
function msText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)}${thinSpace}ms`;
}
