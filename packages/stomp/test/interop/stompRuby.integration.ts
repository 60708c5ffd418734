import { describe, expect, test } from 'vitest';
import { firstThatRuns, run } from '../support/program.ts';
import { serveTcp } from '../support/rawTcp.ts';

const ruby = firstThatRuns(['ruby', '/usr/bin/ruby'], '-e', 'require "stomp"');
const why = ruby ? '' : ' (skipped: Debian package ruby-stomp is not installed)';

describe.skipIf(!ruby)(`the Ruby gem stomp over TCP${why}`, () => {
  async function lines(version: string, part: string): Promise<string[]> {
    const { tcpPort } = await serveTcp({
      heartbeat: [500, 500],
      authenticate: ({ login, passcode }) => (passcode === 'C:\\secret' ? { name: `${login}` } : undefined),
    });
    return run(ruby ?? '', 'stompRuby.rb', String(tcpPort), version, part);
  }

  test.each(['1.1', '1.2'])('%s: subscribes, sends, gets receipts and heart-beats', async (version) => {
    expect(await lines(version, 'basics')).toEqual([
      `connected ${version}`,
      'receipt subscribed',
      'message "한글 🙂\\n\\nline" "C:new\\ntext"',
      'receipt sent',
      'receipt unsubscribed',
      'heart-beats',
      'disconnected bye',
    ]);
  });

  test('1.0: subscribes, sends, gets receipts; nothing is escaped', async () => {
    expect(await lines('1.0', 'basics')).toEqual([
      'connected 1.0',
      'receipt subscribed',
      'message "한글 🙂\\n\\nline" "C\\\\temp"',
      'receipt sent',
      'receipt unsubscribed',
      'disconnected bye',
    ]);
  });

  test('1.0: acknowledges', async () => {
    expect(await lines('1.0', 'acknowledgements')).toEqual([
      'connected 1.0',
      'receipt acknowledged',
      'disconnected bye',
    ]);
  });

  test.each(['1.1', '1.2'])('%s: refuses a message, gets it again, acknowledges it', async (version) => {
    expect(await lines(version, 'acknowledgements')).toEqual([
      `connected ${version}`,
      'again one true',
      'receipt acknowledged',
      'disconnected bye',
    ]);
  });

  test.each(['1.0', '1.1', '1.2'])('%s: commits and aborts transactions', async (version) => {
    expect(await lines(version, 'transactions')).toEqual([
      `connected ${version}`,
      'message committed',
      'disconnected bye',
    ]);
  });

  test.each(['1.0', '1.1', '1.2'])('%s: is told of an error', async (version) => {
    expect(await lines(version, 'errors')).toEqual([`connected ${version}`, 'ERROR ERR_STOMP_DESTINATION r']);
  });
});
