/**
 * What has to be drawn, drawn once per frame: callbacks of the connection only mark, and while the tab is
 * hidden nothing is drawn at all; on return all that was marked is drawn once.
 */
const marked = new Set<() => void>();
let isScheduled = false;

/** Runs `draw` in the next frame in which the page is seen, once however often it is asked for. */
export function drawSoon(draw: () => void): void {
  marked.add(draw);
  schedule();
}

/** Takes back what has not been drawn yet. */
export function dontDraw(draw: () => void): void {
  marked.delete(draw);
}

function schedule(): void {
  if (isScheduled || document.hidden || marked.size === 0) return;
  isScheduled = true;
  requestAnimationFrame(flush);
}

function flush(): void {
  isScheduled = false;
  const draws = [...marked];
  marked.clear();
  for (const draw of draws) draw();
}

document.addEventListener('visibilitychange', schedule);
