/** What was begun: takes what undoes a step, once it is done. */
export type OnUndo = (undo: () => void) => void;

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Does work that leaves nothing behind where it fails, or where a signal ends the process. */
export async function withUndo<T>(work: (onUndo: OnUndo) => Promise<T>): Promise<T> {
  const steps: (() => void)[] = [];
  const undoAll = (): void => {
    for (const undo of steps.splice(0).reverse()) undo();
  };
  const listeners = Object.entries(exitCodes).map(([signal, exitCode]) => {
    const end = (): void => {
      undoAll();
      process.stderr.write(`\nhostcast: stopped by ${signal}; nothing was left behind.\n`);
      process.exit(exitCode);
    };
    process.on(signal, end);
    return () => void process.off(signal, end);
  });
  try {
    return await work((undo) => void steps.push(undo));
  } catch (error) {
    undoAll();
    throw error;
  } finally {
    for (const remove of listeners) remove();
  }
}
