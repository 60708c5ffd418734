import { render } from 'preact';
import './style/base.css';
import './style/diagnosis.css';
import './style/fleet.css';
import './style/host.css';
import './style/login.css';
import { App } from './App.tsx';
import { LiveContext, startLive } from './live/live.ts';
import { Account, AccountContext } from './login/account.ts';
import { followLogin } from './login/follow.ts';
import { signTab } from './parts/tabSign.ts';
import { followLanguage, language } from './texts/texts.ts';

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const account = new Account();
const live = startLive(`${scheme}://${location.host}/ws`);
followLogin(account, live);
signTab(live);
const root = document.getElementById('page');
followLanguage();
if (root) render(<Page />, root);

function Page() {
  return (
    <AccountContext.Provider value={account}>
      <LiveContext.Provider value={live}>
        <App key={language.value} />
      </LiveContext.Provider>
    </AccountContext.Provider>
  );
}
