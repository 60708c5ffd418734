import { describe, expect, it, vi } from 'vitest';
import { isPasswordHash, Passwords } from '../../src/accounts/passwords.ts';

vi.setConfig({ testTimeout: 30_000 }); // a hash takes a fifth of a second of a whole core

/** By Python's hashlib. */
const hashOfCorrectHorse =
  '$scrypt$ln=15,r=8,p=3$AAECAwQFBgcICQoLDA0ODw$ANYWwrwG9exM4wRn3uDhnkTuLMG27uj4k9dz5KrBPkg';

describe('a password', () => {
  it('is known by its hash, which says how it was made, and no other is', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse');
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('correct hors', hash)).toBe(false);
    expect(await passwords.verify('', hash)).toBe(false);
  });

  it('is known by a hash that another program made by RFC 7914', async () => {
    expect(await new Passwords().verify('correct horse', hashOfCorrectHorse)).toBe(true);
  });

  it('has another hash each time', async () => {
    const passwords = new Passwords();
    expect(await passwords.hash('correct horse')).not.toBe(await passwords.hash('correct horse'));
  });

  it('is the same however its characters are composed', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('비밀번호 여덟자'.normalize('NFD'));
    expect(await passwords.verify('비밀번호 여덟자'.normalize('NFC'), hash)).toBe(true);
  });

  it.each([
    ['seven77', 'the password has 7 characters, and at least 8 are needed'],
    ['😀😀😀😀😀😀😀', 'the password has 7 characters, and at least 8 are needed'],
    ['a'.repeat(1_025), 'the password has 1025 octets, and at most 1024 are taken'],
    ['é'.repeat(513), 'the password has 1026 octets, and at most 1024 are taken'],
  ])('is refused where it is too short or too long: %s', async (password, message) => {
    await expect(new Passwords().hash(password)).rejects.toThrow(message);
  });

  it.each(['eight888', 'a'.repeat(1_024)])('is taken at the limit: %s', async (password) => {
    const passwords = new Passwords();
    expect(await passwords.verify(password, await passwords.hash(password))).toBe(true);
  });

  it('is never known without a hash, and never where it is too long, by the same work', async () => {
    const passwords = new Passwords();
    const hash = await passwords.hash('correct horse');
    expect(passwords.computed).toBe(1);
    expect(await passwords.verify('correct horse', undefined)).toBe(false);
    expect(passwords.computed).toBe(2);
    expect(await passwords.verify('a'.repeat(1_000_000), hash)).toBe(false);
    expect(passwords.computed).toBe(3);
  });
});

describe('many passwords at once', () => {
  it('wait for their turn, and are refused beyond the limit without any work', async () => {
    const passwords = new Passwords({ atOnce: 1, waiting: 2 });
    const answers = await Promise.allSettled(
      ['one', 'two', 'three', 'four', 'five'].map((password) => passwords.verify(password, undefined)),
    );
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(answers[3]).toMatchObject({
      reason: { code: 'ERR_ACCOUNTS_BUSY', message: '3 passwords are being checked: try again in a moment' },
    });
    expect(passwords.computed).toBe(3);
    expect(await passwords.verify('six', undefined)).toBe(false);
  });
});

describe('the form of a hash', () => {
  const salt = 'AAAAAAAAAAAAAAAAAAAAAA';
  const key = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

  it.each([
    [`$scrypt$ln=15,r=8,p=3$${salt}$${key}`, true],
    [`$scrypt$ln=18,r=8,p=8$${salt}$${key}`, true],
    [`$scrypt$ln=14,r=8,p=3$${salt}$${key}`, false],
    [`$scrypt$ln=19,r=8,p=1$${salt}$${key}`, false],
    [`$scrypt$ln=15,r=8,p=0$${salt}$${key}`, false],
    [`$scrypt$ln=15,r=8,p=9$${salt}$${key}`, false],
    [`$scrypt$ln=15,r=80,p=3$${salt}$${key}`, false],
    [`$scrypt$ln=15,r=8,p=3$${salt}$`, false],
    [`$scrypt$ln=15,r=8,p=3$$${key}`, false],
    [`$scrypt$ln=15,r=8,p=3$${salt}$${key}\n`, false],
    ['', false],
    ['secret', false],
  ])('%s: %s', (text, isHash) => {
    expect(isPasswordHash(text)).toBe(isHash);
  });
});
