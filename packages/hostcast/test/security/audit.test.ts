import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Audit } from '../../src/security/audit.ts';

function logTo(lines: string[]) {
  return pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) });
}

const silent = pino({ level: 'silent' });

describe('the audit', () => {
  it('writes one info line per event and keeps it', () => {
    const lines: string[] = [];
    const audit = new Audit({ log: logTo(lines), now: () => 1_795_305_600_000 });
    audit.record('login refused', { user: 'kim', address: '192.0.2.7', reason: undefined });
    expect(lines).toEqual([
      '{"level":30,"audit":true,"event":"login refused","user":"kim","address":"192.0.2.7","msg":"login refused"}\n',
    ]);
    expect(audit.entries).toEqual([
      { time: 1_795_305_600_000, event: 'login refused', user: 'kim', address: '192.0.2.7' },
    ]);
  });

  it('stays one line whatever name somebody chose', () => {
    const lines: string[] = [];
    new Audit({ log: logTo(lines) }).record('login refused', {
      user: 'kim\n{"audit":true,"msg":"kick"}\r\u2028\0',
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toMatch(/[\r\n\0]/);
    expect(JSON.parse(lines[0]!)).toMatchObject({ event: 'login refused', msg: 'login refused' });
  });

  it('keeps the last 1,000, the newest first, and counts all', () => {
    const audit = new Audit({ log: silent });
    for (let i = 0; i < 1_500; i += 1) audit.record('login refused', { user: `u${i}` });
    expect(audit.entries).toHaveLength(1_000);
    expect(audit.entries[0]).toMatchObject({ user: 'u1499' });
    expect(audit.entries.at(-1)).toMatchObject({ user: 'u500' });
    expect(audit.counts.get('login refused')).toBe(1_500);
  });

  it('cuts long values and keeps no more than its characters', () => {
    const audit = new Audit({ log: silent, characters: 2_000 });
    for (let i = 0; i < 50; i += 1) audit.record('login refused', { user: 'x'.repeat(1_000_000) });
    expect(audit.entries[0]!.user).toBe(`${'x'.repeat(300)}…`);
    expect(JSON.stringify(audit.entries).length).toBeLessThan(2_100);
    expect(audit.entries.length).toBeGreaterThan(3);
  });
});
