import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Plugin, parseSync } from 'vite';

const helper = 'virtual:like';
const helperCode = `export const like = (model, values) =>
  Object.fromEntries(Object.keys(model).map((key, index) => [key, values[index]]));`;
const koreanTexts = /\/page\/src\/.*\/(words|ko|diagnosisKo)\.ts$/;

/** Has the built page hold the keys of its texts once, and not once more for the second language. */
export function sharedKeys(): Plugin {
  return {
    name: 'shared-keys',
    apply: 'build',
    enforce: 'pre',
    resolveId: (id) => (id === helper ? id : undefined),
    load: (id) => (id === helper ? helperCode : undefined),
    transform(code, id) {
      if (!koreanTexts.test(id)) return undefined;
      const english = id.replace(/ko\.ts$/, 'en.ts').replace(/Ko\.ts$/, 'En.ts');
      const shared =
        english === id
          ? withSharedKeys(code)
          : withSharedKeys(code, { code: readFileSync(english, 'utf8'), name: basename(english) });
      return { code: shared, map: null };
    },
  };
}

/**
 * The module with `korean = like(english, ['x', 'y'])` for `korean = { a: 'x', b: 'y' }`, in the order of `english`.
 * @param other the module beside it that has `english`, where it does not have that itself
 * @throws Error where the two do not have the same keys
 */
export function withSharedKeys(
  code: string,
  other?: { readonly code: string; readonly name: string },
): string {
  const english = objectNamed('english', other?.code ?? code);
  const korean = objectNamed('korean', code);
  const values = [...english.values.keys()].map((key) => {
    const value = korean.values.get(key);
    if (value === undefined) throw new Error(`the Korean texts have no “${key}”`);
    return value;
  });
  const surplus = [...korean.values.keys()].find((key) => !english.values.has(key));
  if (surplus !== undefined) throw new Error(`the English texts have no “${surplus}”`);
  return [
    `import { like } from '${helper}';\n`,
    other ? `import { english } from './${other.name}';\n` : '',
    code.slice(0, korean.start),
    `like(english, [${values.join()}])`,
    code.slice(korean.end),
  ].join('');
}

interface FoundObject {
  readonly start: number;
  readonly end: number;
  /** By key the source of the value. */
  readonly values: ReadonlyMap<string, string>;
}

function objectNamed(name: string, code: string): FoundObject {
  for (const statement of parseSync('texts.ts', code).program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type !== 'Identifier' || id.name !== name || init?.type !== 'ObjectExpression') continue;
      const values = init.properties.map((property): [string, string] => {
        if (property.type !== 'Property' || property.key.type !== 'Identifier' || property.computed) {
          throw new Error(`the texts in “${name}” need plain keys`);
        }
        return [property.key.name, code.slice(property.value.start, property.value.end)];
      });
      return { start: init.start, end: init.end, values: new Map(values) };
    }
  }
  throw new Error(`there is no “${name}” among the texts`);
}
