import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StompError } from '@hostcast/stomp';
import { cleanUp } from './network.ts';

/** A case of a client's own suite that is not run against this server, and why. */
export interface Skipped {
  readonly name: string;
  readonly why: string;
}

/** What the report says of a suite: how many of its cases run. */
export function suiteTitle(client: string, cases: number, skipped: readonly Skipped[]): string {
  return `the suite of ${client}: ${cases} of ${cases + skipped.length} cases`;
}

/** A copy of one of test/interop/suites that may be changed; gone after the test. */
export function copyOfSuite(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'suite-'));
  cleanUp(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(resolve(import.meta.dirname, '../interop/suites', name), folder, { recursive: true });
  return folder;
}

/** The logins that suites take for granted, RabbitMQ's and ActiveMQ's; nobody in particular may come without. */
export function suiteLogin(given: {
  readonly login: string | undefined;
  readonly passcode: string | undefined;
}): { name: string } | undefined {
  if (given.login === undefined) return undefined;
  const passcode = { guest: 'guest', admin: 'password' }[given.login];
  if (passcode === undefined || passcode !== given.passcode) {
    throw new StompError('Bad CONNECT', { reason: 'unauthorized', code: 'ERR_STOMP_UNAUTHORIZED' });
  }
  return { name: given.login };
}
