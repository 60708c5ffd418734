import { describe, expect, it } from 'vitest';
import { frameText, readFrame } from '../../src/stomp/frame.ts';

describe('a frame that is sent', () => {
  it('has its headers escaped, but for CONNECT', () => {
    expect(frameText('SUBSCRIBE', { id: 'sub-0', destination: '/topic/hosts.a:b\\c\n\r' })).toBe(
      'SUBSCRIBE\nid:sub-0\ndestination:/topic/hosts.a\\cb\\\\c\\n\\r\n\n\0',
    );
    expect(frameText('CONNECT', { host: 'a:b' })).toBe('CONNECT\nhost:a:b\n\n\0');
  });
});

describe('a frame that comes', () => {
  it('is read with its headers as they were meant, and its body as it is', () => {
    expect(
      readFrame('MESSAGE\ndestination:/topic/a\\cb\\\\c\\nd\nsubscription:sub-0\n\n{"a":"x\\\\n\\n"}\n\n\0'),
    ).toEqual({
      command: 'MESSAGE',
      headers: { destination: '/topic/a:b\\c\nd', subscription: 'sub-0' },
      body: '{"a":"x\\\\n\\n"}\n\n',
    });
  });

  it('may have values with colons, none, and a header twice, of which the first counts', () => {
    expect(readFrame('ERROR\nmessage:a:b\nempty:\nmessage:c\n\n\0\n')?.headers).toEqual({
      message: 'a:b',
      empty: '',
    });
  });

  it('is taken literally where it is CONNECTED, and may be named like what every object has', () => {
    const headers = readFrame('CONNECTED\nserver:a\\cb\nconstructor:x\n\n\0')?.headers;
    expect(headers).toEqual({ server: 'a\\cb', constructor: 'x' });
    expect(headers?.toString).toBeUndefined();
  });

  it('is none where it is a heart-beat or cut off', () => {
    expect(['\n', '', 'MESSAGE\n\n', 'MESSAGE\na:b\n', '\0', '\n\n\0'].map(readFrame)).toEqual(
      Array(6).fill(undefined),
    );
  });
});
