import { type FleetHistory, fleetPastOf } from '../live/fleetHistory.ts';
import { useLive } from '../live/live.ts';

/** The fleet's last minutes; what reads them is rendered anew when they have changed. */
export function useFleetPast(): FleetHistory {
  const { history, revision } = fleetPastOf(useLive());
  void revision.value;
  return history;
}
