import { matchesName } from '../namePattern.ts';
import { guessKind } from './guess.ts';
import { type FieldKind, measurementOf } from './measurements.ts';
import { plugins } from './plugins.ts';

/*
 * The one place that says whether a field is a gauge or a counter. Of the catalogue's own measurements it is known.
 * Of others, in this order: what the configuration says; what well-known Telegraf plugins are known to send; and a
 * guess by the name alone. Never by behaviour: a chart must not turn into another
 * one when a value falls, and stored roll-ups must mean the same tomorrow.
 */

/** What of a field is rolled up: `both` where it is only guessed what it is. */
export type RollupKind = FieldKind | 'both';

/** Patterns `measurement.field` with `*` for any characters, as in the configuration. */
export interface KindOverrides {
  readonly counters: readonly string[];
  readonly gauges: readonly string[];
}

/** Says what fields are. Both are functions of their own, to be handed on as they are. */
export interface FieldKinds {
  readonly kindOf: (measurement: string, field: string) => FieldKind;
  readonly rollupKindOf: (measurement: string, field: string) => RollupKind;
}

export const noOverrides: KindOverrides = { counters: [], gauges: [] };

/** Answers that are kept; names come from outside, so that their number is bounded. */
const maxKept = 50_000;

/**
 * The judge of fields under these overrides. Where several patterns match, the one that fixes the most characters
 * counts, of equals the gauge. They don't touch the catalogue's own measurements.
 */
export function fieldKinds(overrides: KindOverrides = noOverrides): FieldKinds {
  const rules = rulesOf(overrides.counters, overrides.gauges);
  const kept = new Map<string, Map<string, RollupKind>>();
  const guessed = new Map<string, FieldKind>();
  let size = 0;

  function rollupKindOf(measurement: string, field: string): RollupKind {
    const there = kept.get(measurement)?.get(field);
    if (there !== undefined) return there;
    if (size >= maxKept) {
      kept.clear();
      size = 0;
    }
    const kind = judge(rules, measurement, field);
    const fields = kept.get(measurement) ?? new Map<string, RollupKind>();
    kept.set(measurement, fields.set(field, kind));
    size += 1;
    return kind;
  }

  function kindOf(measurement: string, field: string): FieldKind {
    const kind = rollupKindOf(measurement, field);
    if (kind !== 'both') return kind;
    let guess = guessed.get(field);
    if (guess === undefined) {
      if (guessed.size >= maxKept) guessed.clear();
      guess = guessKind(field).kind;
      guessed.set(field, guess);
    }
    return guess;
  }

  return { kindOf, rollupKindOf };
}

const standard = fieldKinds();

/** What a field is where nothing is configured. */
export const kindOf = standard.kindOf;

/** What of a field is rolled up where nothing is configured. */
export const rollupKindOf = standard.rollupKindOf;

interface Rule {
  readonly pattern: string;
  readonly kind: FieldKind;
}

function judge(overrides: readonly Rule[], measurement: string, field: string): RollupKind {
  const known = measurementOf(measurement);
  if (known?.counters.includes(field)) return 'counter';
  const configured =
    known || overrides.length === 0 ? undefined : strongest(overrides, `${measurement}.${field}`);
  const said = configured ?? strongest(rulesOfPlugin(measurement), field);
  if (said !== undefined) return said;
  if (known !== undefined) return 'gauge';
  const guess = guessKind(field);
  return guess.isSure ? guess.kind : 'both';
}

function strongest(rules: readonly Rule[], name: string): FieldKind | undefined {
  return rules.find(({ pattern }) => matchesName(pattern, name))?.kind;
}

/** Those that fix the most characters first; of equals the gauges. */
function rulesOf(counters: readonly string[], gauges: readonly string[]): Rule[] {
  const rules: Rule[] = [
    ...gauges.map((text) => ({ pattern: text, kind: 'gauge' as const })),
    ...counters.map((text) => ({ pattern: text, kind: 'counter' as const })),
  ];
  return rules.sort((a, b) => weight(b) - weight(a));
}

/** How many characters a pattern fixes. */
function weight({ pattern }: Rule): number {
  return pattern.replaceAll('*', '').length;
}

const rulesByName = new Map<string, readonly Rule[]>();
const rulesByPattern: { readonly pattern: string; readonly rules: readonly Rule[] }[] = [];
for (const { measurement, counters, gauges } of plugins) {
  const rules = rulesOf(words(counters), words(gauges));
  if (measurement.includes('*')) rulesByPattern.push({ pattern: measurement, rules });
  else rulesByName.set(measurement, rules);
}

function rulesOfPlugin(measurement: string): readonly Rule[] {
  const rules = rulesByName.get(measurement);
  if (rules !== undefined) return rules;
  return rulesByPattern.find(({ pattern }) => matchesName(pattern, measurement))?.rules ?? [];
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}
