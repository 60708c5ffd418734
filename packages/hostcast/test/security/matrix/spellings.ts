/**
 * Ways to write something so that a careless check takes it for something else than what is then delivered. None
 * of them means what it is made of, but where percent-encoding is undone on the way (in addresses).
 */
export function misspellings(text: string): string[] {
  const last = text.split('/').at(-1) ?? '';
  const before = text.slice(0, text.length - last.length);
  const middle = before + [...last].map((each) => percent(each)).join('');
  const spelled = [...ends.map((end) => text + end), ...starts.map((start) => start + text)];
  return [
    ...spelled,
    text.toUpperCase(),
    text.replace(/[a-z]/, (each) => each.toUpperCase()),
    before + last.toUpperCase(),
    before + capital(last),
    before.toUpperCase() + last,
    text.slice(1),
    text.replaceAll('/', '//'),
    text.replaceAll('/', '/./'),
    text.replaceAll('/', '/x/../'),
    text.replaceAll('/', '\\'),
    text.replaceAll('/', '%2F'),
    text.replaceAll('/', '%252F'),
    text.replaceAll('/', '\u2215'),
    text.replaceAll('/', '.'),
    before + last.replaceAll('.', '/'),
    before + last.replaceAll('.', '%2E'),
    before + last.replaceAll('.', '%2e'),
    before + last.replaceAll('.', '%252E'),
    before + last.replaceAll('.', '%C0%AE'),
    before + last.replaceAll('.', '\u3002'),
    before + last.replaceAll('.', '..'),
    before + last.replaceAll('-', '%2D'),
    before + last.replaceAll('-', '\u2010'),
    middle,
    middle.toLowerCase(),
    text.replace(/[a-z]/, percent),
    text.replace(/[a-z]/, (each) => `%25${percent(each).slice(1)}`),
    before + last.replace('s', '\u017f'),
    before + last.replace('o', '\u043e'),
    text.normalize('NFD'),
    text.normalize('NFC'),
    text.replace(/%([0-9A-F]{2})/g, (each) => each.toLowerCase()),
    [...text].map((each) => (/[a-z]/.test(each) ? wide(each) : each)).join(''),
    safelyDecoded(text),
    `${text},${text}`,
    `${text} ${text}`,
    '',
  ].filter((each, i, all) => each !== text && all.indexOf(each) === i);
}

const ends = [
  ...[
    '/',
    '//',
    '.',
    '..',
    '/.',
    '/..',
    ' ',
    '\t',
    '\r',
    '\n',
    ';',
    ';a=b',
    '?',
    '?a',
    '#',
    '%00',
    '%20',
    '%2F',
  ],
  ...[
    '%2f..',
    '%0d%0a',
    '\u00a0',
    '\u200b',
    '\ufeff',
    '\u0301',
    '.json',
    '/*',
    '.*',
    '.**',
    '*',
    '~',
    "'",
    '"',
    '|',
  ],
];

const starts = [
  ...[
    ' ',
    '/',
    '.',
    '%2F',
    '/x/..',
    '/.',
    '\ufeff',
    '\u200b',
    '/user',
    '/app',
    '/queue',
    '/exchange',
    '/temp-queue',
  ],
  ...['/reply-queue', '/session/0', '/user/admin', '//localhost', 'http://localhost', 'x'],
];

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** U+FF41 and on: letters that NFKC makes plain ones. */
function wide(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 0xfee0);
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
