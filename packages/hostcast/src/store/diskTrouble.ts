/** Why a disk refuses data, in a few words, and what helps. */
export interface DiskTrouble {
  readonly words: string;
  readonly advice: string;
}

const unknown: DiskTrouble = {
  words: 'its disk refuses data',
  advice: 'see the reason, and the system log',
};

const known: ReadonlyMap<string, DiskTrouble> = new Map([
  ['ENOSPC', { words: 'its disk is full', advice: 'make room on it; nothing needs to be restarted' }],
  [
    'EDQUOT',
    { words: 'its disk quota is used up', advice: 'raise it, or make room; nothing needs to be restarted' },
  ],
  [
    'EROFS',
    { words: 'its disk is read-only', advice: 'mount it writable; a disk that fails is often mounted so' },
  ],
  [
    'EIO',
    { words: 'its disk fails', advice: 'check the disk and the system log, and save a backup elsewhere' },
  ],
  [
    'EACCES',
    { words: 'it may not write to its folder', advice: 'give the folder to the user that hostcast runs as' },
  ],
  ['EMFILE', { words: 'it may open no more files', advice: 'raise the limit of open files (ulimit -n)' }],
]);

/** Reads it off the text of an error, since its code does not survive the way between threads. */
export function diskTrouble(message: string): DiskTrouble {
  const code = /\b(E[A-Z]{2,})\b: /.exec(message)?.[1];
  return known.get(code ?? '') ?? unknown;
}
