export type { CloseReason, DisconnectReason, StompErrorCode, StompErrorOptions } from '../errors.ts';
export { StompError } from '../errors.ts';
export type { FrameLimits } from './decoder.ts';
export { FrameDecoder } from './decoder.ts';
export { encodeFrame } from './encoder.ts';
export type {
  ClientCommand,
  ClientFrame,
  Frame,
  FrameMaker,
  Headers,
  ServerCommand,
  ServerFrame,
  StompVersion,
} from './frame.ts';
export { clientFrame, serverFrame, stompVersions } from './frame.ts';
export type { AgreedHeartbeat, Heartbeat } from './heartbeat.ts';
export { agreeHeartbeat, parseHeartbeat } from './heartbeat.ts';
