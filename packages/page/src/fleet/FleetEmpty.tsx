import { useUser } from '../login/account.ts';
import { mayAddHosts } from '../login/rights.ts';
import { later } from '../parts/later.tsx';
import { openDialog } from '../parts/openDialog.ts';
import { texts } from '../texts/texts.ts';

const Steps = later(async () => (await import('../onboarding/AddHost.tsx')).AddHost);

/** What to do while no host has reported. */
export function FleetEmpty() {
  if (!mayAddHosts(useUser())) {
    return (
      <section class="notice">
        <h1>{texts.nothingToSee}</h1>
        <p>{texts.nothingToSeeHint}</p>
      </section>
    );
  }
  return (
    <section class="notice empty">
      <h1>{texts.emptyTitle}</h1>
      <p>{texts.emptyHint}</p>
      <Steps />
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
