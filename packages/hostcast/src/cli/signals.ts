/** A second signal within this time is the same one: a terminal's Ctrl-C reaches node twice through npm. */
const sameSignalMs = 1_000;

/** The first signal stops in order and ends with 0; a later one ends at once. */
export function stopOnSignals(close: () => Promise<void>): void {
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        close().then(
          () => process.exit(0),
          (error: unknown) => {
            process.stderr.write(`hostcast: stopping failed: ${String(error)}\n`);
            process.exit(1);
          },
        );
      } else if (performance.now() - firstMs > sameSignalMs) {
        process.exit(130);
      }
    });
  }
}
