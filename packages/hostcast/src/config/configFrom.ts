import { hostname } from 'node:os';
import type { CommandLine } from '../commandLine.ts';
import type { KindOverrides } from '../metrics/kinds.ts';
import { type Config, type InfluxConfig, isLoopback, type LimitsConfig, type LoginConfig } from './config.ts';
import type { Fault } from './given.ts';
import { jwtFrom } from './jwtFrom.ts';
import { quoted } from './kinds.ts';
import { settings } from './schema.ts';
import type { AnySetting } from './setting.ts';
import type { Sources } from './sources.ts';
import { storeFrom } from './store.ts';
import { Values } from './values.ts';

/** A configuration made of what the sources say, and what is wrong with that; with a fault it is of no use. */
export function configFrom(
  sources: Sources,
  folder: string,
  commandLine: CommandLine,
): { readonly config: Config; readonly faults: readonly Fault[] } {
  const values = new Values(sources.given, folder);
  const host = values.read(settings.host);
  const stompPort = values.read(settings.stompPort);
  const influx = influxFrom(values);
  const jwt = jwtFrom(values);
  const trustedProxies = values.read(settings.networkTrustedProxies);
  const config: Config = {
    host,
    port: values.read(settings.port),
    ...(stompPort !== undefined && { stompPort }),
    dataFolder: values.readPath(settings.data),
    intervalMs: values.read(settings.interval),
    auth: values.read(settings.auth) ?? (isLoopback(host) && trustedProxies.length === 0 ? 'none' : 'users'),
    collect: values.read(settings.collect) ?? influx === undefined,
    logLevel: values.read(settings.logLevel),
    ...(influx && { influx }),
    network: {
      allowedHosts: values.read(settings.networkAllowedHosts),
      allowedOrigins: values.read(settings.networkAllowedOrigins),
      trustedProxies,
      compression: values.read(settings.networkCompression),
    },
    login: loginFrom(values),
    ...(jwt && { jwt }),
    limits: limitsFrom(values),
    store: storeFrom(values),
    metrics: metricsFrom(values),
    warnings: values.warnings,
    commandLine,
  };
  return { config, faults: values.faults };
}

/** The names, besides IP addresses and localhost, by which browsers may call this hostcast. */
export function ownHostNames({ host, network }: Config): readonly string[] {
  return [hostname().toLowerCase(), host.toLowerCase(), ...network.allowedHosts];
}

function influxFrom(values: Values): InfluxConfig | undefined {
  const url = values.read(settings.influxUrl);
  const database = values.read(settings.influxDb);
  const retentionPolicy = values.read(settings.influxRp);
  const username = values.read(settings.influxUser);
  const password = values.readSecret(settings.influxPassword, settings.influxPasswordFile);
  const token = values.readSecret(settings.influxToken, settings.influxTokenFile);
  const generation = generations[values.read(settings.influxVersion)];
  const hasBuffer = values.read(settings.influxBuffer);
  const bufferBytes = values.read(settings.influxBufferSize);
  if (url === undefined) {
    const { influxDb, influxRp, influxUser, influxPasswordFile, influxTokenFile } = settings;
    const { influxBuffer, influxBufferSize } = settings;
    const others: AnySetting[] = [influxDb, influxRp, influxUser, influxPasswordFile, influxTokenFile];
    others.push(influxBuffer, influxBufferSize);
    const first = others.find((setting) => values.isGiven(setting));
    if (first !== undefined && !values.isGiven(settings.influxUrl)) {
      values.refuseWithout(first, settings.influxUrl);
    }
    return undefined;
  }
  return {
    url,
    ...(database !== undefined && { database }),
    ...(retentionPolicy !== undefined && { retentionPolicy }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
    ...(generation !== undefined && { generation }),
    ...(hasBuffer && { bufferBytes }),
  };
}

const generations = { auto: undefined, 1: 1, 2: 2, 3: 3 } as const;

function loginFrom(values: Values): LoginConfig {
  const tokenMs = values.read(settings.loginTokenLifetime);
  const sessionMs = values.read(settings.loginSessionLifetime);
  if (sessionMs < tokenMs) {
    const { loginSessionLifetime, loginTokenLifetime } = settings;
    const given = values.isGiven(loginSessionLifetime) ? loginSessionLifetime : loginTokenLifetime;
    values.refuse(given, ': a login has to be refreshable for at least as long as one token lasts');
  }
  return { tokenMs, sessionMs, secureCookie: values.read(settings.loginSecureCookie) };
}

function metricsFrom(values: Values): KindOverrides {
  const counters = values.read(settings.metricsCounters);
  const gauges = values.read(settings.metricsGauges);
  const both = gauges.find((pattern) => counters.includes(pattern));
  if (both !== undefined) {
    values.refuse(
      settings.metricsGauges,
      `: ${quoted(both)} is among ${settings.metricsCounters.key} as well`,
    );
  }
  return { counters, gauges };
}

function limitsFrom(values: Values): LimitsConfig {
  return {
    sessions: values.read(settings.limitsSessions),
    sessionsPerAddress: values.read(settings.limitsSessionsPerAddress),
    sessionsPerUser: values.read(settings.limitsSessionsPerUser),
    httpConnections: values.read(settings.limitsHttpConnections),
    loginsPerMinute: values.read(settings.limitsLoginsPerMinute),
    handshakesPerMinute: values.read(settings.limitsHandshakesPerMinute),
    bodyBytes: values.read(settings.limitsBody),
    compressedBytes: values.read(settings.limitsCompressed),
    lineBytes: values.read(settings.limitsLine),
    tags: values.read(settings.limitsTags),
    fields: values.read(settings.limitsFields),
    hosts: values.read(settings.limitsHosts),
    series: values.read(settings.limitsSeries),
    seriesPerHost: values.read(settings.limitsSeriesPerHost),
  };
}
