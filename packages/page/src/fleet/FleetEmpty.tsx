import { useUser } from '../login/account.ts';
import { mayAddHosts } from '../login/rights.ts';
import { later } from '../parts/later.tsx';
import { openDialog } from '../parts/openDialog.ts';
import { texts } from '../texts/texts.ts';

const Steps = later(async () => (await import('../onboarding/AddHost.tsx')).AddHost);

/** What there is for those who cannot add hosts while none has reported. */
export function NothingToSee() {
  return (
    <section class="notice">
      <h1>{texts.nothingToSee}</h1>
      <p>{texts.nothingToSeeHint}</p>
    </section>
  );
}

interface FirstHostProps {
  readonly hasCome: boolean;
  /** Called when somebody does something in it. */
  readonly begin: () => void;
  readonly goOn: () => void;
}

/** What to do while no host has reported; for who began to, it stays with what was made there until he goes on from it. */
export function FirstHost({ hasCome, begin, goOn }: FirstHostProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes that somebody does something in it
    <section class="notice empty" onPointerDown={begin} onKeyDown={begin}>
      <h1>{hasCome ? texts.firstData : texts.emptyTitle}</h1>
      {hasCome ? (
        <button type="button" class="button" onClick={goOn}>
          {texts.showFleet}
        </button>
      ) : (
        <p>{texts.emptyHint}</p>
      )}
      <Steps isFirst />
    </section>
  );
}

/** The way to add a host to a fleet that is there. */
export function AddHost() {
  if (!mayAddHosts(useUser())) return null;
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        openDialog.value = 'addHost';
      }}
    >
      {texts.addHost}
    </button>
  );
}
