import { ageText } from '../format.ts';
import { clockOffMs } from '../live/age.ts';
import { texts } from '../texts/texts.ts';

/** What there is to say of a host's clock; '' where it is right. */
export function clockOffText(skewMs: number | null | undefined): string {
  const offMs = clockOffMs(skewMs);
  return offMs === 0 ? '' : texts.clockOff(ageText(Math.abs(offMs)), offMs > 0);
}
