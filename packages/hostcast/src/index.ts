export type { Config, InfluxConfig } from './config.ts';
export { readConfig, UserError } from './config.ts';
export type { HostcastServer } from './server.ts';
export { startServer } from './server.ts';
