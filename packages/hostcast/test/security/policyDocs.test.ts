import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { policy, type Rule } from '../../src/security/policy.ts';

const least: Readonly<Record<Rule['least'], string>> = {
  anyone: 'anyone, without login',
  ingest: 'tokens with the right ingest',
  viewer: 'viewers',
  operator: 'operators',
  admin: 'admins',
};

const hosts: Readonly<Record<Rule['hosts'], string>> = {
  own: 'those in the scope',
  all: 'all: not for who has a scope',
  none: 'none',
};

test('docs/security.md says who may do what as the policy has it, rule by rule', () => {
  const text = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
  const sections = text.split(/^## /m);
  const section = sections.find((each) => each.startsWith('Who may do what\n')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(
    policy.map((rule) => `| \`${rule.verb} ${rule.what}\` | ${least[rule.least]} | ${hosts[rule.hosts]} |`),
  );
});
