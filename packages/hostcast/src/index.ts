export type { Config, InfluxConfig } from './config/config.ts';
export { readConfig } from './config/readConfig.ts';
export { UserError } from './config/userError.ts';
export type { HostcastServer } from './server.ts';
export { startServer } from './server.ts';
