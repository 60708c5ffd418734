/**
 * What has to be drawn, drawn once per frame: callbacks of the connection only mark, and while the tab is
 * hidden nothing is drawn at all; on return all that was marked is drawn once.
 */
const marked = new Set<() => void>();
/** What is painted after that, in the same frame: all that came is then taken over. */
const paints = new Set<() => void>();
let isScheduled = false;
let isFollowing = false;

/** Runs `draw` in the next frame in which the page is seen, once however often it is asked for. */
export function drawSoon(draw: () => void, among = marked): void {
  if (!isFollowing) document.addEventListener('visibilitychange', schedule);
  isFollowing = true;
  among.add(draw);
  schedule();
}

/** The same for what paints: after all that others do in that frame, so that it paints once. */
export function paintSoon(paint: () => void): void {
  drawSoon(paint, paints);
}

/** Takes back what has not been drawn yet. */
export function dontDraw(draw: () => void): void {
  marked.delete(draw);
  paints.delete(draw);
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
  if (isScheduled || document.hidden || marked.size + paints.size === 0) return;
  isScheduled = true;
  requestAnimationFrame(flush);
}

function flush(): void {
  isScheduled = false;
  for (const some of [marked, paints]) {
    const draws = [...some];
    some.clear();
    for (const draw of draws) draw();
  }
}
