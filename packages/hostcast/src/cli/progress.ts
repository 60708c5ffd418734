/** A line on the standard error that says how far work is; nothing where that is no terminal. */
export interface Progress {
  /** Bytes done and in all. */
  bytes(done: number, total: number): void;
  /** Things done and in all, such as series; in all 0 where that is not known. */
  count(what: string): (done: number, total: number) => void;
  /** Clears the line. */
  end(): void;
}

/** The line is written again no sooner than this. */
const everyMs = 100;

export function createProgress(verb: string, isQuiet = false): Progress {
  const { stderr } = process;
  if (isQuiet || !stderr.isTTY) return { bytes() {}, count: () => () => {}, end() {} };
  const startedMs = performance.now();
  let shownMs = Number.NEGATIVE_INFINITY;
  const show = (line: () => string): void => {
    const nowMs = performance.now();
    if (nowMs - shownMs < everyMs) return;
    shownMs = nowMs;
    stderr.write(`\r\x1b[K${line()}`);
  };
  return {
    bytes: (done, total) =>
      show(() => {
        const rate = done / Math.max(0.001, (performance.now() - startedMs) / 1_000);
        return `${verb} ${percent(done, total)}  ${sizeInWords(done)}  ${sizeInWords(rate)}/s`;
      }),
    count: (what) => (done, total) =>
      show(() =>
        total > 0
          ? `${verb} ${percent(done, total)}  ${done} of ${total} ${what}`
          : `${verb} ${done} ${what}`,
      ),
    end: () => void stderr.write('\r\x1b[K'),
  };
}

function percent(done: number, total: number): string {
  return total > 0 ? `${Math.min(100, Math.floor((done / total) * 100))} %`.padStart(5) : '';
}

/** `12.3 MiB`. */
export function sizeInWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_024 && unit < units.length - 1; unit++) value /= 1_024;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
