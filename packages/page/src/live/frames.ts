/**
 * What has to be drawn, drawn once per frame: callbacks of the connection only mark, and while the tab is
 * hidden nothing is drawn at all; on return all that was marked is drawn once.
 */
const marked = new Set<() => void>();
let isScheduled = false;
let isFollowing = false;

/** Runs `draw` in the next frame in which the page is seen, once however often it is asked for. */
export function drawSoon(draw: () => void): void {
  if (!isFollowing) document.addEventListener('visibilitychange', schedule);
  isFollowing = true;
  marked.add(draw);
  schedule();
}

/** Takes back what has not been drawn yet. */
export function dontDraw(draw: () => void): void {
  marked.delete(draw);
}

/** Runs `work` once what has just been mounted is drawn; the returned function takes that back. */
export function afterDrawing(work: () => void): () => void {
  // One frame finds that a chart is in view, the next draws it.
  let left = 3;
  const pass = (): void => {
    left -= 1;
    if (left > 0) frame = requestAnimationFrame(pass);
    else work();
  };
  let frame = requestAnimationFrame(pass);
  return () => cancelAnimationFrame(frame);
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
