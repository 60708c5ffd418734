import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminalLog, legibleJson } from '../../src/cli/log.ts';
import { Audit } from '../../src/security/audit.ts';

function terminal({ colorize }: { colorize: boolean }) {
  const destination = new PassThrough();
  const log = createTerminalLog({ level: 'info', destination, colorize });
  return { log, read: () => String(destination.read() ?? '') };
}

const hostile = [
  '\x1b[2J\x1b]0;owned\x07',
  '\x9b31mred',
  'a\rINFO: kick\nINFO: all is well',
  'back\b\b\bspace\f\v\0\x7f',
  '\u202etxt.exe\u2066\u200b',
  '\\u001b[31m \\\\u001b',
];

// Everything that a terminal obeys, but for the line's own end.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const orders = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

describe('the log on a terminal', () => {
  it.each(hostile)('lets no name give it an order: %j', (name) => {
    const { log, read } = terminal({ colorize: false });
    new Audit({ log }).record('login refused', { user: name });
    const text = read();
    expect(text).not.toMatch(orders);
    expect(
      text
        .split('\n')
        .filter((line) => line.includes('INFO'))
        .filter((line) => !line.includes('user')),
    ).toHaveLength(1);
  });

  it.each(hostile)('lets no message or error give it an order: %j', (name) => {
    const { log, read } = terminal({ colorize: false });
    log.info(`no host named ${name}`);
    const message = read();
    expect(message).not.toMatch(orders);
    expect(message.trimEnd()).not.toContain('\n');
    log.error({ err: new Error(name), [name]: 1 }, 'a request failed');
    const error = read();
    expect(error).not.toMatch(orders);
    expect(error.split('\n').filter((line) => /^\S/.test(line))).toHaveLength(1);
  });

  it('shows what it left out, keeps its own colours, and leaves other texts alone', () => {
    const { log, read } = terminal({ colorize: true });
    log.info({ user: 'kim\x1b[31m', host: '웹-1 é "quoted" C:\\new\\path' }, 'login');
    const text = read();
    expect(text).toContain('\x1b[32mINFO\x1b[39m');
    expect(text).toContain('"kim<1b>[31m"');
    expect(text).toContain('웹-1 é');
    expect(text).toContain('C:\\new\\path');
  });
});

describe('the log as JSON', () => {
  it.each(hostile)('is the same JSON, and shows what can not be seen: %j', (name) => {
    const line = `${JSON.stringify({ name })}\n`;
    expect(JSON.parse(legibleJson(line))).toEqual({ name });
    expect(legibleJson(line)).not.toMatch(orders);
  });
});
