import { describe, expect, test } from 'vitest';
import { firstThatRuns, run } from '../support/program.ts';
import { serveTcp } from '../support/rawTcp.ts';

// The first python3 of a PATH may be another than Debian's, which has the package.
const python = firstThatRuns(['python3', '/usr/bin/python3'], '-c', 'import stomp');
const why = python ? '' : ' (skipped: Debian package python3-stomp is not installed)';

describe.skipIf(!python)(`stomp.py over TCP${why}`, () => {
  async function lines(version: string, part: string): Promise<string[]> {
    const { tcpPort } = await serveTcp({
      heartbeat: [300, 300],
      authenticate: ({ login, passcode }) => (passcode === 'C:\\secret' ? { name: `${login}` } : undefined),
    });
    return run(python ?? '', 'stompPy.py', String(tcpPort), version, part);
  }

  test.each(['1.1', '1.2'])('%s: subscribes, sends, gets receipts and heart-beats', async (version) => {
    expect(await lines(version, 'basics')).toEqual([
      `connected ${version}`,
      'receipt subscribed',
      "message '한글 🙂\\n\\nline' 'C:\\\\new\\ntext' text/plain",
      'receipt sent',
      'receipt unsubscribed',
      'heart-beats',
      'disconnected',
    ]);
  });

  test('1.0: subscribes, sends, gets receipts; nothing is escaped', async () => {
    expect(await lines('1.0', 'basics')).toEqual([
      'connected 1.0',
      'receipt subscribed',
      "message '한글 🙂\\n\\nline' 'C\\\\temp' text/plain",
      'receipt sent',
      'receipt unsubscribed',
      'disconnected',
    ]);
  });

  test('1.0: acknowledges', async () => {
    expect(await lines('1.0', 'acknowledgements')).toEqual([
      'connected 1.0',
      'receipt acknowledged',
      'disconnected',
    ]);
  });

  test.each(['1.1', '1.2'])('%s: refuses a message, gets it again, acknowledges it', async (version) => {
    expect(await lines(version, 'acknowledgements')).toEqual([
      `connected ${version}`,
      'again one true',
      'receipt acknowledged',
      'disconnected',
    ]);
  });

  test.each(['1.0', '1.1', '1.2'])('%s: commits and aborts transactions', async (version) => {
    expect(await lines(version, 'transactions')).toEqual([
      `connected ${version}`,
      'message committed',
      'disconnected',
    ]);
  });

  test.each(['1.0', '1.1', '1.2'])('%s: is told of an error, then closed', async (version) => {
    expect(await lines(version, 'errors')).toEqual([
      `connected ${version}`,
      'error ERR_STOMP_DESTINATION r',
      'disconnected',
    ]);
  });
});
