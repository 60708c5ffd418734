import type { StompServer } from '@hostcast/stomp';
import type { Logger } from 'pino';
import type { Accounts } from '../accounts/accounts.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Network } from '../network/network.ts';
import { createLoginLimit } from '../network/rateLimit.ts';
import type { Audit } from '../security/audit.ts';
import type { ScopedDeliveries } from '../security/scopedDeliveries.ts';
import { createJwtVerifier } from './jwt.ts';
import { Logins } from './logins.ts';
import { PasswordLogins } from './passwordLogins.ts';
import { SessionGuard } from './sessionGuard.ts';
import { WithLogin } from './withLogin.ts';

export interface LoginOptions {
  readonly config: Pick<Config, 'dataFolder' | 'login' | 'jwt'> & {
    readonly limits: Pick<Config['limits'], 'loginsPerMinute'>;
  };
  readonly accounts: Accounts;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: Pick<Audit, 'record' | 'count'>;
}

/** All that there is where people and programs have to say who they are. */
export interface Login {
  readonly logins: Logins;
  readonly passwords: PasswordLogins;
  readonly authentication: WithLogin;
  /** Holds the sessions of a server to their logins, from now on. */
  guard(stomp: StompServer, deliveries: ScopedDeliveries): SessionGuard;
}

/**
 * Opens the login of a data folder.
 * @throws AccountsError where its files can't be used, UserError where another issuer's keys can't be read
 */
export function openLogin({ config, accounts, network, clock, log, audit }: LoginOptions): Login {
  const { dataFolder, limits, jwt } = config;
  const { tokenMs, sessionMs } = config.login;
  const nowMs = () => clock.nowMs();
  const logins = Logins.open(dataFolder, { accounts, tokenMs, sessionMs, nowMs });
  const passwords = new PasswordLogins({ accounts, limit: createLoginLimit(limits), audit });
  const onTrouble = (error: Error) => log.warn({ err: error }, 'the keys of the token issuer cannot be had');
  const verifyJwt = jwt && createJwtVerifier(jwt, { nowMs, onTrouble });
  const authentication = new WithLogin({
    ...{ accounts, logins, passwords, verifyJwt, network, audit, sessionMs, nowMs },
  });
  return {
    ...{ logins, passwords, authentication },
    guard(stomp, deliveries) {
      const current = logins.current.bind(logins);
      const endOf = logins.endOf.bind(logins);
      const ofToken = authentication.ofToken.bind(authentication);
      const guard = new SessionGuard({ stomp, deliveries, clock, audit, current, endOf, ofToken });
      accounts.onChange(() => guard.review());
      return guard;
    },
  };
}
