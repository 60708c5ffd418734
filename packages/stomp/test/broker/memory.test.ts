import { defaultLimits, systemClock } from '@hostcast/stomp';
import { MemoryBroker } from '../../src/broker/memory.ts';
import { brokerContract } from './brokerContract.ts';

brokerContract(
  (limits) =>
    new MemoryBroker(
      {
        destinations: new Map([['/topic/kept', { retain: true }]]),
        limits: { ...defaultLimits, ...limits },
        clock: systemClock,
      },
      (error) => {
        throw error;
      },
    ),
);
