export { networkOf } from './addresses.ts';
export { isPattern } from './broker/destination.ts';
export { matches } from './broker/pattern.ts';
export type { Clock } from './clock.ts';
export { systemClock } from './clock.ts';
export type { Headers, StompVersion } from './codec/frame.ts';
export type { Heartbeat } from './codec/heartbeat.ts';
export type { Handler } from './commands.ts';
export type { CloseReason, DisconnectReason, StompErrorCode, StompErrorOptions } from './errors.ts';
export { MessageDeliveryError, StompError } from './errors.ts';
export type { StompEvents } from './events.ts';
export type {
  ChannelInterceptor,
  Handshake,
  HandshakeInterceptor,
  HandshakeOutcome,
  HandshakeRejection,
  HandshakeResponse,
  MessageChannel,
} from './interceptor.ts';
export type { SubscribeOptions } from './localSubscription.ts';
export type {
  MessageChanges,
  MessageCommand,
  MessageParts,
  Session,
  StatsOfSession,
  SubscriptionView,
  User,
} from './message.ts';
export { Message } from './message.ts';
export type {
  Access,
  CompressionOptions,
  Credentials,
  DestinationOptions,
  HistoryOptions,
  Limits,
  SlowPolicy,
  StompServerOptions,
} from './options.ts';
export { defaultLimits } from './options.ts';
export { OutboundFrame } from './outboundFrame.ts';
export type { StompServer } from './server.ts';
export { createStompServer } from './server.ts';
export type { StatsOfServer } from './stats.ts';
export type { Client, Gate, GateOptions } from './transport/gate.ts';
export { createGate } from './transport/gate.ts';
export type { TcpListening, TcpOptions } from './transport/tcpListeners.ts';
export type { Transport, TransportListener } from './transport/transport.ts';
