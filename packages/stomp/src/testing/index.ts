export { FakeClock } from './fakeClock.ts';
export { FrameRecorder } from './frameRecorder.ts';
export { MemoryClient } from './memoryClient.ts';
