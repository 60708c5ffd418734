import { expect, it, onTestFinished } from 'vitest';
import { Accounts } from '../../src/accounts/accounts.ts';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { telegrafLines } from '../support/telegraf.ts';
import { TelegrafOutput } from '../support/telegrafOutput.ts';

it('takes a token that was made while it ran, at once, and loses nothing that waited for it', async () => {
  const hostcast = await HostcastProcess.start(['--auth', 'users', '--no-collect']);
  const output = new TelegrafOutput('influxdb', Number(new URL(hostcast.url).port));
  onTestFinished(() => output.close());
  const batch = () => telegrafLines('web-1', Date.now(), 1);
  const metrics = 13;
  await output.flush(batch());
  expect([output.answers[0]?.status, output.kept.length]).toEqual([401, metrics]);
  const accounts = Accounts.open(hostcast.data);
  const { text, token } = await accounts.createToken({ name: 'telegraf', right: 'ingest' });
  output.token = text;
  await expect.poll(() => output.flush(batch()).then(() => output.kept.length)).toBe(0);
  expect(output.dropped).toEqual([]);
  await accounts.revokeToken(token.id);
  await expect.poll(() => output.flush(batch()).then(() => output.kept.length)).toBeGreaterThan(0);
  expect(hostcast.log('writer refused')).toHaveLength(1);
  expect(hostcast.output + hostcast.errors).not.toContain(text);
});
