import { useEffect, useState } from 'preact/hooks';
import { type Live, useLive } from '../live/live.ts';
import { roleText } from '../login/UserMenu.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { closeDialog } from '../parts/openDialog.ts';
import { texts } from '../texts/texts.ts';
import { type Finding, findings, type Verdict } from './findings.ts';
import { type Probe, probe } from './probe.ts';
import { ownLinesFor, proxiesFor } from './proxies.ts';

const shapes: Record<Verdict, string> = { ok: '✓', warn: '▲', bad: '✕', unknown: '◌' };

/** What of the way from here to the figures works, and what does not. */
export function Diagnosis() {
  const live = useLive();
  const said = texts.diagnosis;
  const [answer, check] = useProbe(live);
  const link = live.connection.link.value;
  const found = findings(
    {
      probe: answer,
      link,
      facts: live.connection.facts,
      fleet: live.fleet.value,
      isOnline: navigator.onLine,
      serverMs: live.serverMs.value,
      localMs: Date.now(),
      roleText,
    },
    said,
  );
  const isUpgradeRefused = found.some(({ hint }) => hint === said.upgradeHint);
  return (
    <Dialog title={said.title} onClose={closeDialog}>
      <dl class="findings">
        {found.map((finding) => (
          <Row key={finding.name} finding={finding} />
        ))}
      </dl>
      <p class="findings-actions">
        <button type="button" class="button" onClick={check}>
          {said.again}
        </button>
        {link.phase === 'waiting' ? (
          <button type="button" class="button" onClick={live.connection.retryNow}>
            {texts.retry}
          </button>
        ) : null}
      </p>
      <details class="proxies" open={isUpgradeRefused}>
        <summary>{said.proxies}</summary>
        <Proxies />
      </details>
    </Dialog>
  );
}

function Row({ finding: { name, verdict, text, hint } }: { finding: Finding }) {
  const said = texts.diagnosis;
  return (
    <div class={`finding finding-${verdict}`}>
      <dt>
        <span class="finding-shape" aria-hidden="true">
          {shapes[verdict]}
        </span>{' '}
        {name}
        <span class="visually-hidden">: {said[verdict]}</span>
      </dt>
      <dd>
        {text}
        {hint ? <span class="finding-hint">{hint}</span> : null}
      </dd>
    </div>
  );
}

/** The server's answers, asked anew when the connection comes or goes; and a way to ask now. */
function useProbe({ connection }: Live): [Probe | undefined, () => void] {
  const [answer, setAnswer] = useState<Probe>();
  const [times, setTimes] = useState(0);
  const isConnected = connection.link.value.phase === 'connected';
  useEffect(() => {
    let isWanted = true;
    connection.measure();
    // It never fails: what does not answer is its answer.
    void probe().then((given) => {
      if (isWanted) setAnswer(given);
    });
    return () => {
      isWanted = false;
    };
  }, [connection, isConnected, times]);
  const again = (): void => {
    setAnswer(undefined);
    setTimes(times + 1);
  };
  return [answer, again];
}

function Proxies() {
  const said = texts.diagnosis;
  const [chosen, setChosen] = useState('nginx');
  const proxies = proxiesFor(location.hostname, location.port);
  const lines = proxies.find(({ name }) => name === chosen)?.lines ?? '';
  return (
    <>
      <p class="muted">{said.proxiesHint}</p>
      <div class="proxy-names">
        {proxies.map(({ name }) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={name === chosen}
            onClick={() => setChosen(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <Lines key={chosen} text={lines} />
      <p class="muted">{said.ownLines}</p>
      <Lines text={ownLinesFor(location.hostname)} />
    </>
  );
}

function Lines({ text }: { text: string }) {
  return (
    <div class="lines">
      <CopyButton text={text} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls where it is wider than the window, by keyboard too */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
