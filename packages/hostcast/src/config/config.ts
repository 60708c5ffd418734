import type { CommandLine } from '../commandLine.ts';
import type { KindOverrides } from '../metrics/kinds.ts';
import type { StoreConfig } from './store.ts';

/** Everything hostcast can be told, with units in the names. schema.ts says what each means, and its default. */
export interface Config {
  /** Address to listen on. */
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Port for plain STOMP over TCP, at the same address; left out, there is none. 0 chooses a free one. */
  readonly stompPort?: number;
  /** Absolute path of the folder that holds the embedded store, and the accounts. */
  readonly dataFolder: string;
  readonly intervalMs: number;
  readonly auth: Auth;
  readonly collect: boolean;
  readonly logLevel: LogLevel;
  /** Where InfluxDB is; left out, the embedded store is used. */
  readonly influx?: InfluxConfig;
  readonly store: StoreConfig;
  readonly network: NetworkConfig;
  readonly login: LoginConfig;
  /** Tokens of another issuer that are taken; left out, none are. */
  readonly jwt?: JwtConfig;
  readonly limits: LimitsConfig;
  /** What fields are, whatever hostcast would take them for. */
  readonly metrics: KindOverrides;
  /** Sentences on what works and is not wise. */
  readonly warnings: readonly string[];
  /** For texts that show a command. */
  readonly commandLine: CommandLine;
}

/** Whether people and programs have to say who they are. */
export type Auth = 'none' | 'users';

export interface InfluxConfig {
  readonly url: string;
  /** Left out: the databases are listed and none is opened. */
  readonly database?: string;
  readonly retentionPolicy?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  /** Which InfluxDB it is; left out, it is asked. */
  readonly generation?: 1 | 2 | 3;
  /** Octets that may wait for it on the disk; left out, nothing is kept and writes go straight through. */
  readonly bufferBytes?: number;
}

export interface NetworkConfig {
  /** Names in lower case, without port; `*` for all. IP addresses, localhost and the own name always pass. */
  readonly allowedHosts: readonly string[];
  /** Origins such as `https://status.example.org`, in lower case; `*` for all. */
  readonly allowedOrigins: readonly string[];
  /** Addresses and networks (CIDR) whose `X-Forwarded-…` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Whether WebSocket messages are compressed for viewers that can read that. */
  readonly compression: boolean;
}

export interface LoginConfig {
  /** How long a token of ours is good. */
  readonly tokenMs: number;
  /** How long after the password was given a token can be refreshed. */
  readonly sessionMs: number;
  readonly secureCookie: SecureCookie;
}

export type SecureCookie = 'auto' | 'always' | 'never';

export interface JwtConfig {
  /** What a token may be signed by, and nothing else. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** Exactly one of secret, jwksUrl and jwksFile (absolute) is there. */
  readonly secret?: string;
  readonly jwksUrl?: string;
  readonly jwksFile?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly nameClaim: string;
  readonly roleClaim: string;
  readonly hostsClaim: string;
  readonly tagsClaim: string;
  readonly clockToleranceMs: number;
  readonly tokenBytes: number;
}

export type JwtAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** What the server lets happen at most; whole numbers above 0. */
export interface LimitsConfig {
  /** Viewers, that is STOMP sessions, at the same time. */
  readonly sessions: number;
  readonly sessionsPerAddress: number;
  readonly sessionsPerUser: number;
  /** Connections of all kinds at the same time. */
  readonly httpConnections: number;
  /** Per address and name. */
  readonly loginsPerMinute: number;
  /** Per address. */
  readonly handshakesPerMinute: number;
  /** Of one write, decompressed. */
  readonly bodyBytes: number;
  /** Of one write, as sent with gzip. */
  readonly compressedBytes: number;
  /** Of one line of line protocol. */
  readonly lineBytes: number;
  /** Of one point. */
  readonly tags: number;
  /** Of one point. */
  readonly fields: number;
  readonly hosts: number;
  readonly series: number;
  readonly seriesPerHost: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** True for the addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
