import { Overlays } from './bar/Overlays.tsx';
import { BareTopBar, TopBar } from './bar/TopBar.tsx';
import { FleetPage } from './fleet/FleetPage.tsx';
import { HostPage } from './host/HostPage.tsx';
import { useAccount, useUser } from './login/account.ts';
import { LoginPage } from './login/LoginPage.tsx';
import { refusalText } from './login/refusalText.ts';
import { maySeeConnections } from './login/rights.ts';
import { UserMenu } from './login/UserMenu.tsx';
import { Forbidden } from './parts/Forbidden.tsx';
import { later } from './parts/later.tsx';
import { NotFound } from './parts/NotFound.tsx';
import { UnlessEnded } from './parts/UnlessEnded.tsx';
import { Route, Router, useLinks } from './router.ts';
import { texts } from './texts/texts.ts';

const ConnectionsPage = later(
  async () => (await import('./connections/ConnectionsPage.tsx')).ConnectionsPage,
);

/** The whole page: what the address names, or the login that has to come before. */
export function App() {
  const entry = useAccount().entry.value;
  if (entry.phase === 'in') return <Inside key={entry.user?.name} />;
  return (
    <>
      <BareTopBar />
      <main id="content">
        {entry.phase === 'out' ? (
          <LoginPage reason={entry.reason} name={entry.name} />
        ) : (
          <p class="notice muted">{entry.trouble ? refusalText(entry.trouble) : texts.connecting}</p>
        )}
      </main>
    </>
  );
}

/** The bar that stays, and what the address names. */
function Inside() {
  useLinks();
  const isOperator = maySeeConnections(useUser());
  return (
    <>
      <a class="skip-link" href="#content">
        {texts.skipToContent}
      </a>
      <TopBar isOperator={isOperator}>
        <UserMenu />
      </TopBar>
      <main id="content" tabIndex={-1}>
        <UnlessEnded>
          <Router onRouteChange={() => setTimeout(focusContent)}>
            <Route path="/" component={FleetPage} />
            <Route path="/hosts/:host" component={HostPage} />
            <Route path="/connections" component={isOperator ? ConnectionsPage : Forbidden} />
            <Route default component={NotFound} />
          </Router>
        </UnlessEnded>
      </main>
      <Overlays />
    </>
  );
}

/** Another page stands here: who came by something that is gone goes on reading there. */
function focusContent(): void {
  const content = document.getElementById('content');
  const { activeElement } = document;
  const isInContent = activeElement !== content && content?.contains(activeElement);
  if (!isInContent) content?.focus({ preventScroll: true });
}
