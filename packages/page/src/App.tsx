import { LocationProvider, Route, Router } from 'preact-iso';
import { FleetPage } from './fleet/FleetPage.tsx';
import { HostPage } from './host/HostPage.tsx';
import { NotFound } from './parts/NotFound.tsx';
import { TopBar } from './parts/TopBar.tsx';
import { texts } from './texts.ts';

/** The whole page: the bar that stays, and what the address names. */
export function App() {
  return (
    <LocationProvider>
      <a class="skip-link" href="#content">
        {texts.skipToContent}
      </a>
      <TopBar />
      <main id="content" tabIndex={-1}>
        {isReadable(location.pathname) ? (
          <Router>
            <Route path="/" component={FleetPage} />
            <Route path="/hosts/:host" component={HostPage} />
            <Route default component={NotFound} />
          </Router>
        ) : (
          <NotFound />
        )}
      </main>
    </LocationProvider>
  );
}

/** False for an address whose percent-encoding is broken, on which the router would throw. */
function isReadable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
